package docs

import (
	"io/fs"
	"strconv"

	"sandbank/scenario"
	"sandbank/scenarios"
)

// TeachView is how one gives lessons, and has a class join.
type TeachView struct {
	Frame
	Start, Class, Lesson, Check string // that one may copy
	Lessons                     []TaughtView
	Keys                        []Worded
}

// TaughtView is a lesson that ships with Sandbank.
type TaughtView struct{ URL, Name, Story, Size string }

// ownLesson is a lesson that somebody could write, shown as the docs' example.
const ownLesson = `name: A card without money
story: What a shop sees when a card is refused, and what it should not say.
steps:
  - create: {amount: 19.99 EUR, bank: SANDNL2A}
    as: order
    story: The shop asks for a payment.
    notes: Nothing is decided yet. Let the class find the 202.
  - customer: {action: pay, card: "4000000000009995"}
    story: The customer pays with a card that has no money. The customer may try another one.
    notes: The reason is for the shop's log, not for the customer's screen.
    ask:
      question: "The bank says no. Is the order lost?"
      choices: ["Yes", "No: the customer has another try"]
      answer: "No: the customer has another try"
  - expect: {status: created, has: {attempts_left: 2}, events: attempt.declined}
`

func teachPage(base string) TeachView {
	v := TeachView{
		Frame: Frame{Section: "teach"},
		Start: "go run ./cmd/processor\n# then open " + base + "/lessons",
		Class: "go run ./cmd/processor --addr 0.0.0.0:8080 --public-url http://192.168.1.20:8080 --class \\\n" +
			"  --client shop:$SECRET:\"Harbor Goods\" --person teacher:$PASSWORD:administrator",
		Lesson: ownLesson, Check: "go run ./cmd/merchant run lessons/card.yaml\ngo run ./cmd/processor --lessons lessons",
		Keys: []Worded{
			{"Space, →", "The next step; where there is a question, first the question.", ""}, {"←", "The step before, as it was.", ""},
			{"R", "From the beginning, on a new Sandbank.", ""}, {"F", "Full screen, and back.", ""}, {"B", "A dark screen, until the next key.", ""},
		},
	}
	for _, name := range scenarios.Lessons() {
		list, err := scenario.Read(scenarios.LessonFolder+"/"+name+".yaml", func(name string) ([]byte, error) { return fs.ReadFile(scenarios.Files(), name) })
		if err != nil {
			panic("docs: " + err.Error()) // it is part of the program
		}
		v.Lessons = append(v.Lessons, TaughtView{URL: "/lessons/" + name, Name: list[0].Name, Story: list[0].Story, Size: strconv.Itoa(len(list[0].Scenes())) + " steps"})
	}
	return v
}
