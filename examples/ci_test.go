package examples_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// github and gitlab are what the tests look at in the files for CI.
type github struct {
	Jobs map[string]struct {
		Services map[string]struct {
			Image string
			Env   map[string]string
			Ports []string
		}
		Env   map[string]string
		Steps []struct{ Run, Uses string }
	}
}

type gitlab map[string]struct {
	Image     string
	Services  []struct{ Name, Alias string }
	Variables map[string]string
	Before    []string `yaml:"before_script"`
	Script    []string
}

// The service of the workflow starts with the settings that stand there, its health is asked as the step asks,
// and the tests at the end hold against it.
func TestExamples_GitHubWorkflow(t *testing.T) {
	var file github
	parse(t, "ci/github.yml", &file)
	job := file.Jobs["checkout"]
	service := job.Services["sandbank"]
	if service.Image == "" || len(service.Ports) != 1 || len(job.Steps) == 0 || job.Env["SANDBANK_URL"] == "" {
		t.Fatalf("the workflow has no service, port, address or steps: %+v", job)
	}
	var lines []string
	for _, step := range job.Steps {
		if step.Run != "" {
			lines = append(lines, strings.Replace(step.Run, "docker exec ${{ job.services.sandbank.id }} /", "", 1))
		}
	}
	asService(t, service.Env, "localhost:8080", lines)
}

// So it is with GitLab.
func TestExamples_GitLabJob(t *testing.T) {
	var file gitlab
	parse(t, "ci/gitlab.yml", &file)
	job := file["checkout"]
	if job.Image == "" || len(job.Services) != 1 || job.Services[0].Alias != "sandbank" || job.Variables["SANDBANK_URL"] != "http://sandbank:8080" {
		t.Fatalf("the job has no image, service or address: %+v", job)
	}
	settings := map[string]string{}
	for name, value := range job.Variables {
		if name != "SANDBANK_URL" {
			settings[name] = value
		}
	}
	asService(t, settings, "sandbank:8080", append(job.Before, job.Script...))
}

func parse(t *testing.T, name string, into any) {
	t.Helper()
	body, err := os.ReadFile(name)
	if err == nil {
		err = yaml.UnmarshalWithOptions(body, into)
	}
	if err != nil {
		t.Fatalf("%s has to be YAML: %v", name, err)
	}
}

// asService runs a processor with the settings of a service, at a port of this machine's, and then the job's
// lines, in which public is where the job finds the service.
func asService(t *testing.T, settings map[string]string, public string, lines []string) {
	t.Helper()
	s := newStage(t, "--amqp-addr", "127.0.0.1:0") // is asked where a port is free
	at := strings.TrimPrefix(s.base, "http://")
	_ = s.processor.cmd.Process.Kill()
	<-s.processor.done
	again := exec.Command(s.processor.cmd.Path, "run", "--amqp-addr", "127.0.0.1:0")
	again.Env = os.Environ()
	for name, value := range settings {
		value = strings.Replace(value, "0.0.0.0:8080", "0.0.0.0:"+at[strings.LastIndex(at, ":")+1:], 1)
		again.Env = append(again.Env, name+"="+value)
	}
	s.run(again)
	waited := false
	for _, line := range lines {
		waited = waited || strings.Contains(line, "processor health") && strings.Contains(line, "--wait 30s")
		line = strings.NewReplacer(public, at, "127.0.0.1:8080", at).Replace(line)
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), "PATH="+s.folder+string(filepath.ListSeparator)+os.Getenv("PATH"), "SANDBANK_URL="+s.base)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: expected that it holds, got %v\n%s", line, err, out)
		}
	}
	s.answersAs(public)
	if !waited {
		t.Errorf("no line waits with processor health --wait 30s: %q", lines)
	}
}

// answersAs holds the processor to answering under the name by which the job asks for it.
func (s *stage) answersAs(name string) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.base+"/v1/banks", nil)
	if err != nil {
		s.Fatal(err)
	}
	r.Host = name
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized { // a name that is not allowed is refused before
		s.Errorf("asked as %s without a token: expected 401, got %s", name, answer.Status)
	}
}
