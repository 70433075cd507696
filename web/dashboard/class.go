package dashboard

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rsc.io/qr"

	"sandbank/fault"
	"sandbank/identity"
	"sandbank/identity/class"
	"sandbank/payment"
	"sandbank/processor"
	"sandbank/web/gate"
)

// classPage shows how to join, and who has.
func (d *Dashboard) classPage(w http.ResponseWriter, r *http.Request) error {
	v := ClassView{Frame: d.frame(r, "class"), Open: d.Class.Open()}
	if !v.Open {
		return RenderClass(w, v)
	}
	code, until := d.Class.Code()
	v.Code, v.Until, v.JoinURL = code, until, strings.TrimRight(d.Base, "/")+"/join"
	if drawn, err := qr.Encode(v.JoinURL+"?code="+code, qr.M); err == nil { // an address is short enough
		v.QR = drawCode(drawn, "QR code of the address to join at")
	}
	for _, s := range d.Class.Students() {
		v.Names = append(v.Names, s.Merchant.Name)
	}
	v.Most, v.Revision, v.MayEnd = d.Class.Most, classRevision(code, len(v.Names)), d.mayEndClass(r)
	return RenderClass(w, v)
}

// mayEndClass reports whether the viewer may end the class.
func (d *Dashboard) mayEndClass(r *http.Request) bool { return d.may(r, identity.SteerSimulator) }

func classRevision(code string, students int) string { return code + "." + strconv.Itoa(students) }

// classLive tells that somebody has joined.
func (d *Dashboard) classLive(w http.ResponseWriter, r *http.Request) error {
	if !d.Class.Open() {
		return errNoClass()
	}
	told := ""
	return d.followed(w, r, d.Class.Changed, heartbeat, func(_ context.Context, out *bytes.Buffer) error {
		code, _ := d.Class.Code()
		if now := classRevision(code, len(d.Class.Students())); now != told {
			told = now
			_, _ = fmt.Fprintf(out, "event: status\ndata: %s\n\n", now)
		}
		return nil
	})
}

func errNoClass() error {
	return fault.New(fault.NotFound, "class_closed", "There is no class here.").Hinting("Start the processor with --class.")
}

// endClass ends the class for all students, and begins the next one.
func (d *Dashboard) endClass(w http.ResponseWriter, r *http.Request) error {
	if !d.Class.Open() {
		return errNoClass()
	}
	d.Class.End()
	http.Redirect(w, r, "/class", http.StatusSeeOther)
	return nil
}

// wallOf is how many of the newest payments the wall looks through.
const wallOf = 500

// wallTiles are the students with the newest payment of each, the newest first.
func (d *Dashboard) wallTiles(ctx context.Context) (tiles []WallTile, revision string, err error) {
	students := d.Class.Students()
	found, err := d.Processor.Payments(ctx, processor.Everyone(), processor.PaymentQuery{}, processor.Window{Limit: wallOf})
	if err != nil {
		return nil, "", err
	}
	h := fnv.New64a()
	for _, s := range students {
		tile := WallTile{Name: s.Merchant.Name, Number: s.Number}
		for _, p := range found.Items { // newest first
			if p.Merchant != s.Merchant.ID {
				continue
			}
			if tile.Count++; tile.Count == 1 {
				tile.ID, tile.Amount, tile.Status, tile.At = p.ID, inWords(p.Amount), string(p.Status), p.CreatedAt
				_, _ = h.Write([]byte(p.ID + strconv.FormatInt(p.Version, 10)))
			}
			if p.Status == payment.Captured {
				tile.Paid++
			}
		}
		_, _ = h.Write([]byte(s.Merchant.ID + strconv.Itoa(tile.Count)))
		tiles = append(tiles, tile)
	}
	slices.SortStableFunc(tiles, func(a, b WallTile) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Number, b.Number)) })
	return tiles, strconv.FormatUint(h.Sum64(), 36), nil
}

// ofStudent finds a payment of somebody in the class.
func (d *Dashboard) ofStudent(ctx context.Context, id string) (payment.Payment, class.Student, error) {
	p, err := d.Processor.Payment(ctx, processor.Everyone(), id)
	if err != nil {
		return p, class.Student{}, err
	}
	for _, s := range d.Class.Students() {
		if s.Merchant.ID == p.Merchant {
			return p, s, nil
		}
	}
	return p, class.Student{}, processor.NoPayment(id)
}

// wall shows all students' payments, or one of them, large.
func (d *Dashboard) wall(w http.ResponseWriter, r *http.Request) error {
	if !d.Class.Open() {
		return errNoClass()
	}
	v := WallView{Frame: Frame{Section: "class", Clock: d.Clock.Now()}, LiveURL: "/class/wall/live", HomeURL: "/class/wall"}
	v.Code, _ = d.Class.Code()
	var err error
	if id := gate.Query(r).Get("payment"); id != "" {
		_, of, err := d.ofStudent(r.Context(), id)
		if err != nil {
			return err
		}
		at := "?payment=" + escape(id)
		v.LiveURL, v.HomeURL, v.Name = v.LiveURL+at, v.HomeURL+at, of.Merchant.Name
		if v.Picture, err = d.Picture(r.Context(), processor.Everyone(), id); err != nil {
			return err
		}
		if v.Revision, err = d.projected(r.Context(), id); err != nil {
			return err
		}
		return RenderWall(w, v)
	}
	v.Tiles, v.Revision, err = d.wallTiles(r.Context())
	if err != nil {
		return err
	}
	return RenderWall(w, v)
}

// projected stands for one payment as it is drawn.
func (d *Dashboard) projected(ctx context.Context, id string) (string, error) {
	s, err := d.Processor.Story(ctx, processor.Everyone(), id)
	return revision(s), err
}

// wallLive tells that there is more to see on the wall.
func (d *Dashboard) wallLive(w http.ResponseWriter, r *http.Request) error {
	if !d.Class.Open() {
		return errNoClass()
	}
	id, told := gate.Query(r).Get("payment"), ""
	if id != "" {
		if _, _, err := d.ofStudent(r.Context(), id); err != nil {
			return err
		}
	}
	return d.follow(w, r, id, func(ctx context.Context, out *bytes.Buffer) (err error) {
		now := ""
		if id != "" {
			now, err = d.projected(ctx, id)
		} else {
			_, now, err = d.wallTiles(ctx)
		}
		if err == nil && now != told {
			told = now
			_, err = fmt.Fprintf(out, "event: status\ndata: %s\n\n", now)
		}
		return err
	})
}

// legible is a code in two halves, for those who type it.
func legible(code string) template.HTML {
	half := len(code) / 2
	return template.HTML(template.HTMLEscapeString(code[:half]) + `<span class="code-gap"></span>` + template.HTMLEscapeString(code[half:]))
}
