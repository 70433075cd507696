package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sandbank/node"
)

// keepFlags say how much is kept.
type keepFlags struct {
	Keep    string `placeholder:"N|AGE" help:"What stays: so many of the newest payments, such as 50000, or those of so much time, such as 90d or 36h; older ones go, with all that is about them, once they are final and paid out. 0 keeps everything. Default: 50000 in memory, else 0."`
	Archive string `placeholder:"DIR" help:"Folder in which payments are kept before they go, as JSON lines, a file for each day. Default: none. See /docs/keep."`
}

// The bounds of an age.
const (
	leastAge = time.Hour
	mostAge  = 3650 * day
	day      = 24 * time.Hour
)

// check writes the flags into the settings of the database.
func (f keepFlags) check(into *node.Database) error {
	into.Archive = f.Archive
	if f.Keep == "" {
		if f.Archive != "" && (into.URL != "" || into.Folder != "") {
			return errors.New("--archive: nothing goes, so nothing would be archived: say with --keep what stays, such as --keep 90d")
		}
		return nil
	}
	if age, ok := parseAge(f.Keep); ok {
		if age < leastAge || age > mostAge {
			return fmt.Errorf("--keep %s: must be 1h to 3650d", f.Keep)
		}
		into.KeepFor = age
		return nil
	}
	n, err := strconv.Atoi(f.Keep)
	if err != nil || n < 0 {
		return fmt.Errorf("--keep %q: write it as a number of payments, such as 50000, or as an age, such as 90d or 36h; 0 keeps everything", f.Keep)
	}
	if into.Keep = &n; n == 0 && f.Archive != "" {
		return errors.New("--archive: nothing goes with --keep 0, so nothing would be archived: say what stays, such as --keep 90d")
	}
	return nil
}

// parseAge reads a length of time that may be in days.
func parseAge(text string) (age time.Duration, ok bool) {
	if number, found := strings.CutSuffix(text, "d"); found {
		n, err := strconv.Atoi(number)
		if err != nil || n > int(mostAge/day) { // more would not fit in a duration
			return mostAge + 1, err == nil
		}
		return time.Duration(n) * day, true
	}
	if text == "0" {
		return 0, false // a number of payments
	}
	age, err := time.ParseDuration(text)
	return age, err == nil
}
