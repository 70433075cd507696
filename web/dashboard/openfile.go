package dashboard

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"sandbank/fault"
	"sandbank/scenario"
	"sandbank/scenario/run"
	"sandbank/web/gate"
)

// maxScenario bounds a file that somebody brings, in bytes.
const maxScenario = 128 << 10

// sentName is what a file is called that somebody brings.
const sentName = "yours.yaml"

// openFile shows the form for a file of one's own; or a payment's, which is exported as one.
func (d *Dashboard) openFile(w http.ResponseWriter, r *http.Request) error {
	id := gate.Query(r).Get("payment")
	if id == "" {
		return RenderOpen(w, OpenView{Frame: d.frame(r, "scenarios")})
	}
	file, err := d.Processor.Scenario(r.Context(), d.reach(r), id)
	if err != nil {
		return err
	}
	return d.showFile(w, r, string(file), "/scenarios/open?payment="+id)
}

// readSent shows what somebody's file says, or its mistakes.
func (d *Dashboard) readSent(w http.ResponseWriter, r *http.Request) error {
	text, err := sentFile(w, r)
	if err != nil {
		return err
	}
	if err := d.showFile(w, r, text, ""); err != nil {
		return d.wrongFile(w, r, err)
	}
	return nil
}

// showFile shows a file as a scenario to be read. Where it has several cases, the first is told.
func (d *Dashboard) showFile(w http.ResponseWriter, r *http.Request, text, here string) error {
	list, err := d.readFile(text)
	if err != nil {
		return err
	}
	v := d.reading(r, list, 0)
	v.Source, v.Sent, v.Here = text, true, here
	for i := range v.Cases {
		v.Cases[i].Plain = true
	}
	return RenderScenario(w, v)
}

// sentFile is the file that a form brings: chosen, or else pasted; "" for none.
func sentFile(w http.ResponseWriter, r *http.Request) (string, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 4*maxScenario)
	if err := r.ParseMultipartForm(maxScenario); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", errTooMuch(err)
	}
	text := r.PostFormValue("text")
	file, _, err := r.FormFile("file")
	if err == nil {
		defer func() { _ = file.Close() }()
		chosen, err := io.ReadAll(io.LimitReader(file, maxScenario+1))
		if err != nil {
			return "", errTooMuch(err)
		}
		if len(chosen) > 0 {
			text = string(chosen)
		}
	}
	if len(text) > maxScenario {
		return "", errTooMuch(nil)
	}
	return strings.ReplaceAll(text, "\r\n", "\n"), nil
}

func errTooMuch(cause error) error {
	return fault.New(fault.TooLarge, "body_too_large", "The file is larger than %d KiB, or did not arrive whole.", maxScenario>>10).
		Hinting("Run it with: merchant run FILE.").Because(cause)
}

// reading has files of other people's read one at a time: the parser may need a second for the worst of
// them.
var reading sync.Mutex

// readFile reads a file that somebody brings. It stands alone: nothing is included.
func (d *Dashboard) readFile(text string) ([]scenario.Scenario, error) {
	reading.Lock()
	defer reading.Unlock()
	list, err := scenario.Read(sentName, func(name string) ([]byte, error) {
		if name != sentName {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	})
	if wrong, ok := errors.AsType[scenario.Mistakes](err); ok {
		return nil, wrongText{text, wrong}
	}
	if err == nil && len(list) > run.Most {
		err = fault.New(fault.Invalid, "scenario_invalid", "The file has %d cases; %d are run here.", len(list), run.Most).Hinting("Run it with: merchant run FILE.")
	}
	return list, err
}

// wrongText is a file with its mistakes.
type wrongText struct {
	text string
	list scenario.Mistakes
}

func (t wrongText) Error() string { return t.list.Error() }

// shownMistakes is how many mistakes of a file are shown.
const shownMistakes = 50

// wrongFile gives a file with mistakes back to be mended; any other error stays what it is.
func (d *Dashboard) wrongFile(w http.ResponseWriter, r *http.Request, err error) error {
	wrong, ok := errors.AsType[wrongText](err)
	if !ok {
		return err
	}
	v := OpenView{Frame: d.frame(r, "scenarios"), Text: wrong.text, More: max(0, len(wrong.list)-shownMistakes)}
	lines := strings.Split(wrong.text, "\n")
	for _, m := range wrong.list[:min(len(wrong.list), shownMistakes)] {
		v.Mistakes = append(v.Mistakes, mistakeView(m, lines))
	}
	w.WriteHeader(http.StatusUnprocessableEntity)
	if err := RenderOpen(w, v); err != nil {
		return err
	}
	return worded{fault.New(fault.Invalid, "scenario_invalid", "The file has %d mistakes.", len(wrong.list))}
}

// mistakeView is a mistake with the line in which it is.
func mistakeView(m scenario.Mistake, lines []string) MistakeView {
	v := MistakeView{Line: m.At.Line, Column: m.At.Column, Key: m.Key, What: m.What}
	if m.At.Line < 1 || m.At.Line > len(lines) {
		return v
	}
	line := []rune(strings.TrimRight(lines[m.At.Line-1], "\r"))
	from := max(0, min(m.At.Column-1, len(line)))
	start := max(0, from-shownAround)
	end := min(len(line), from+shownAround)
	v.Before, v.After = string(line[start:from]), string(line[from:end])
	return v
}

// shownAround is how much of a line is shown on each side of a mistake, in characters.
const shownAround = 60
