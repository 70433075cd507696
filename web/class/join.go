package class

import (
	"net/http"
	"strings"

	"sandbank/audit"
	"sandbank/fault"
	"sandbank/identity/class"
	"sandbank/web/gate"
)

// cookie has a student's token. It goes with requests of these pages alone.
const cookie = "sandbank-student"

// errNoClass is the answer where no class is.
func errNoClass() error {
	return fault.New(fault.NotFound, "class_closed", "There is no class here.").Hinting("Whoever teaches starts the processor with --class.")
}

// student is whose request it is; false for nobody of the class.
func (s *Students) student(r *http.Request) (class.Student, bool) {
	c, err := r.Cookie(cookie)
	if err != nil || !s.Class.Open() {
		return class.Student{}, false
	}
	return s.Class.Student(c.Value)
}

// show is the student's shop; for others the form that asks for the code.
func (s *Students) show(w http.ResponseWriter, r *http.Request) error {
	if !s.Class.Open() {
		return errNoClass()
	}
	if who, ok := s.student(r); ok {
		v, err := s.shopView(r, who)
		if err != nil {
			return err
		}
		return pages().Render(w, "shop", v)
	}
	code := gate.Query(r).Get("code")
	if len(code) > maxCode {
		code = ""
	}
	return pages().Render(w, "join", JoinView{Code: strings.ToUpper(code)})
}

// maxCode bounds what is shown of a code that somebody typed.
const maxCode = 16

// join makes a student of whoever has the code.
func (s *Students) join(w http.ResponseWriter, r *http.Request) error {
	if !s.Class.Open() {
		return errNoClass()
	}
	if _, already := s.student(r); already {
		http.Redirect(w, r, "/join", http.StatusSeeOther)
		return nil
	}
	code := r.PostFormValue("code")
	if err := s.guess(w, r, code); err != nil {
		return err
	}
	who, token, err := s.Class.Join(r.Context(), code)
	if fault.Code(err) == "class_code_wrong" {
		f := fault.From(err)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusUnprocessableEntity)
		if len(code) > maxCode {
			code = code[:maxCode]
		}
		return shownAs(err, pages().Render(w, "join", JoinView{Code: strings.ToUpper(strings.ToValidUTF8(code, "")), Error: f.Message + " " + f.Hint}))
	}
	if err != nil {
		return err
	}
	audit.Of(r.Context()).By(audit.Actor{Kind: audit.Nobody}, "", who.Merchant.ID)
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: token, Path: "/join", HttpOnly: true, Secure: strings.HasPrefix(s.Base, "https://"), SameSite: http.SameSiteLaxMode, MaxAge: int(s.Class.Life.Seconds()),
	})
	http.Redirect(w, r, "/join", http.StatusSeeOther)
	return nil
}

// guess counts a wrong code. One code is looked at after the other, which is done at once: of a whole class behind one address
// that joins in one moment nobody is refused for the others' being looked at.
func (s *Students) guess(w http.ResponseWriter, r *http.Request, code string) error {
	s.guessing.Lock()
	defer s.guessing.Unlock()
	g, err := s.Gate.Limits.Guess(w, r, "the class")
	if err == nil && s.Class.Right(code) {
		g.Right()
	}
	return err
}

// shownAs is a refusal whose page was written, or the error of writing it.
func shownAs(refusal, writing error) error {
	if writing != nil {
		return writing
	}
	return shown{refusal}
}
