package docs

import (
	"io/fs"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"sandbank/scenarios"
)

// RecipesView is the list of recipes.
type RecipesView struct {
	Frame
	Recipes []Recipe
}

// RecipeView is one recipe, with the others beside it.
type RecipeView struct {
	Frame
	Recipe
	All []Recipe
}

// Recipe is a short page: what one wants to do, and the commands and files that do it.
type Recipe struct {
	Name  string // in its address
	Title string
	Wish  string // what one wants, in a sentence
	Steps []RecipeStep
	See   []Link // where more of it is
}

// URL is the recipe's address.
func (r Recipe) URL() string { return recipesPath + "/" + r.Name }

// RecipeStep is a sentence with a text to copy: a command, or a file.
type RecipeStep struct{ Says, Code, File string }

// Link leads to a page.
type Link struct{ Label, URL string }

const recipesPath = "/docs/recipes"

// recipeNames are the last parts of the recipes' addresses; a test holds them to the recipes.
const recipeNames = "duplicates|bank-timeout|late-success|missed-webhook|out-of-order|retries|silence|outage|github-actions|docker|class|bug-report"

func mountRecipes(get func(string, http.Handler), all *shelf) {
	list := recipes()
	index := rendered("recipes", func() any { return RecipesView{Frame{Section: "recipes"}, list} })
	all.add(recipesPath, index)
	get(recipesPath, page(index))
	pages := map[string]func() ([]byte, error){}
	for _, r := range list {
		pages[r.Name] = rendered("recipe", func() any { return RecipeView{Frame{Section: "recipes"}, r, list} })
		all.add(r.URL(), pages[r.Name])
	}
	get(recipesPath+"/{recipe:"+recipeNames+"}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page(pages[mux.Vars(r)["recipe"]]).ServeHTTP(w, r)
	}))
}

// told is a step that runs a scenario of the library, with the scenario itself: a test of the library runs it.
func told(name, says string) []RecipeStep {
	body, err := fs.ReadFile(scenarios.Files(), name)
	if err != nil {
		panic("docs: " + err.Error()) // it is part of the program
	}
	return []RecipeStep{
		{says, "go run ./cmd/merchant run scenarios/" + name, ""},
		{"This is the file. Copy it, and change what it expects to what your shop does.", string(body), name},
	}
}

func step(says string, commands ...string) RecipeStep {
	return RecipeStep{Says: says, Code: strings.Join(commands, "\n")}
}

const merchant = "go run ./cmd/merchant "

func recipes() []Recipe {
	return []Recipe{
		{
			"duplicates", "Test duplicates", "The same webhook comes twice, and the order must be shipped once.",
			append([]RecipeStep{step("By hand: make a payment whose webhooks come twice, pay it, and look at your shop.",
				merchant+`payments create 19.99 EUR --reference twice-1 --simulate '{"channels": {"webhook": {"how": ["twice"]}}}'`,
				merchant+"payments pay $PAYMENT")}, told("webhook-twice.yaml", "Or as a scenario, on a Sandbank of its own:")...),
			[]Link{{"Webhooks: what a receiver has to do", "/docs/webhooks"}, {"The check list", "/docs/check-list"}},
		},
		{
			"bank-timeout", "A bank that times out", "The bank does not answer before its deadline, and approves afterwards.",
			append([]RecipeStep{step("By hand: tell the bank to be late for one payment, and let the time pass at once.",
				merchant+"trigger bank $PAYMENT approved --after after_deadline", merchant+"payments pay $PAYMENT", merchant+"clock advance 10m")},
				told("bank-timeout.yaml", "Or as a scenario:")...),
			[]Link{{"Steer it", "/docs/steer"}, {"Banks", "/docs/banks"}},
		},
		{
			"late-success", "Late success", "The customer pays in the last minute, and the approval comes after the checkout has expired.",
			told("late-success.yaml", "A scenario has it minute by minute:"), []Link{{"The life of a payment", "/docs"}, {"Steer it", "/docs/steer"}},
		},
		{
			"missed-webhook", "Find a missed webhook", "The shop never heard of a payment, and you want to know why.",
			append([]RecipeStep{
				step("What became of the payment. Its page in the dashboard has every hop, each webhook's tries and their answers among them.", merchant+"payments get $PAYMENT"),
				step("What the shop would have heard, had it asked for its events.", merchant+"events tail --after 0 --timeout 5s"),
				step("Send an event again, to a receiver on your machine.", merchant+"resend $EVENT --forward-to http://localhost:3000/hooks"),
			}, told("webhook-lost.yaml", "A scenario loses one on purpose, and finds it by polling:")...),
			[]Link{{"Webhooks", "/docs/webhooks"}, {"Why a signature does not fit", "/docs/webhooks/check"}, {"Channels", "/docs/channels"}},
		},
		{
			"out-of-order", "Events out of order", "A later event arrives before an earlier one, or before the answer to the request.",
			append(told("webhook-reordered.yaml", "Events that overtake each other:"), told("webhook-first.yaml", "The webhook before the response:")...),
			[]Link{{"Webhooks", "/docs/webhooks"}},
		},
		{
			"retries", "Your receiver is down", "The receiver answers with an error for a while, and must catch up.",
			append([]RecipeStep{step("By hand: have your receiver answer 500, as far as Sandbank can tell, for ten minutes.",
				merchant+"fault begin receiver_fails --for 10m", merchant+"fault list")}, told("webhook-retries.yaml", "Or as a scenario:")...),
			[]Link{{"Webhooks: the schedule", "/docs/webhooks"}},
		},
		{
			"silence", "A customer who walks away", "Nobody tells you of a payment that was never paid: the shop has to find out.",
			told("abandoned.yaml", "A scenario waits until the checkout has expired, and expects that nobody was told:"),
			[]Link{{"The lesson about it", "/lessons/silence"}, {"The check list", "/docs/check-list"}},
		},
		{
			"outage", "The broker is away", "The connection to the banks breaks, and no payment may be lost.",
			append([]RecipeStep{step("By hand, for ten seconds:", merchant+"fault begin broker_cut --for 10s")}, told("broker-outage.yaml", "Or as a scenario:")...),
			[]Link{{"Steer it: faults", "/docs/steer"}},
		},
		{
			"github-actions", "In GitHub Actions", "Each push is tested against a Sandbank that runs beside the job.",
			[]RecipeStep{
				{"Sandbank is a service of the job. The whole workflow is examples/ci/github.yml; this is its heart.", gitHubService, "github.yml"},
				{"Wait until it is ready, then run your own tests. They find it at SANDBANK_URL.", gitHubSteps, "github.yml"},
			},
			[]Link{{"Tests in any language, and GitLab", "/docs/tests"}},
		},
		{
			"docker", "In Docker", "Everything in one container, or RabbitMQ, PostgreSQL and the processes side by side.",
			[]RecipeStep{
				step("The image is built from the source, and has nothing but the programs in it.", "docker build -t sandbank ."),
				step("Side by side, on real engines:", "docker compose up --build"),
				step("The same over TLS:", "docker compose -f compose.yaml -f compose.tls.yaml up"),
				step("A container for each test, in Go:", "go -C examples/testcontainers test ./..."),
			},
			[]Link{{"Tests in containers", "/docs/tests#containers"}, {"Proxies", "/docs/proxy"}},
		},
		{
			"class", "A class in ten minutes", "A lesson on the big screen; students join with their phones.",
			[]RecipeStep{
				step("Alone, to prepare: start Sandbank and open /lessons.", "go run ./cmd/processor"),
				step("With a class: an address that phones can reach, credentials of your own, and --class.",
					"go run ./cmd/processor --addr 0.0.0.0:8080 --public-url http://192.168.1.20:8080 --class \\\n  --client shop:$SECRET:\"Harbor Goods\" --person teacher:$PASSWORD:administrator"),
				step("A lesson of your own is a scenario with captions and questions; this one holds:", merchant+"run scenarios/lessons/silence.yaml"),
			},
			[]Link{{"Teach with it", "/docs/teach"}},
		},
		{
			"bug-report", "Send a payment with a question", "Somebody else is to see what you saw.",
			[]RecipeStep{
				step("Write the payment as a scenario that brings the same about again.", merchant+"export --out bug.yaml $PAYMENT"),
				step("Whoever gets it runs it, and looks at every hop.", merchant+"run bug.yaml"),
			},
			[]Link{{"Scenarios", "/docs/scenarios"}},
		},
	}
}

const gitHubService = `    services:
      sandbank:
        image: ${{ vars.SANDBANK_IMAGE }}
        env:
          SANDBANK_ADDR: 0.0.0.0:8080
          SANDBANK_PUBLIC_URL: http://localhost:8080
          SANDBANK_ALLOW_DEVELOPMENT_CREDENTIALS: "true"
          SANDBANK_SIGN_IN: never
          SANDBANK_WEBHOOK_ALLOW: 172.16.0.0/12
        ports:
          - 8080:8080
    env:
      SANDBANK_URL: http://localhost:8080
`

const gitHubSteps = `      - name: Wait for Sandbank
        run: docker exec ${{ job.services.sandbank.id }} /processor health --url http://127.0.0.1:8080 --wait 30s
      - run: node --test examples/ci/*.test.mjs
`

// RecipeCommands are the recipes' commands of program merchant, without its name; a test reads each.
func RecipeCommands() (list []string) {
	for _, r := range recipes() {
		for _, s := range r.Steps {
			for line := range strings.Lines(s.Code) {
				if command, is := strings.CutPrefix(strings.TrimSpace(line), merchant); is {
					list = append(list, command)
				}
			}
		}
	}
	return list
}
