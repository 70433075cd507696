package docs

import (
	"html/template"
	"regexp"
	"strings"
)

// markup shows the little of Markdown that the contract's descriptions use:
// paragraphs, headings, lists, tables, indented code, `code` and **strong**.
// All text is escaped first; nothing else becomes HTML.
func markup(text string) template.HTML {
	var out strings.Builder
	for _, block := range blocks(text) {
		out.WriteString(blockHTML(block))
	}
	return template.HTML(out.String())
}

// blocks splits at empty lines; code with an empty line in it stays in one.
func blocks(text string) []string {
	var list []string
	for _, part := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		last := len(list) - 1
		if last >= 0 && isCode(list[last]) && isCode(part) {
			list[last] += "\n\n" + part
			continue
		}
		if strings.Trim(part, "\n ") != "" {
			list = append(list, strings.Trim(part, "\n"))
		}
	}
	return list
}

func isCode(block string) bool { return strings.HasPrefix(strings.TrimLeft(block, "\n"), "    ") }

var ordered = regexp.MustCompile(`^\d+\. `)

func blockHTML(block string) string {
	lines := strings.Split(block, "\n")
	switch {
	case isCode(block):
		for i, line := range lines {
			lines[i] = strings.TrimPrefix(line, "    ")
		}
		return `<pre class="sketch" tabindex="0" role="group" aria-label="Drawing">` + template.HTMLEscapeString(strings.Join(lines, "\n")) + "</pre>\n"
	case strings.HasPrefix(block, "## "):
		return "<h3>" + inline(block[3:]) + "</h3>\n"
	case strings.HasPrefix(block, "| "):
		return table(lines)
	case strings.HasPrefix(block, "- "):
		return list("ul", `bullets`, lines, func(l string) (string, bool) { return strings.CutPrefix(l, "- ") })
	case ordered.MatchString(block):
		return list("ol", "numbers", lines, func(l string) (string, bool) {
			rest := ordered.ReplaceAllString(l, "")
			return rest, rest != l
		})
	}
	return "<p>" + inline(strings.Join(lines, " ")) + "</p>\n"
}

// list joins lines that go on to the item they belong to.
func list(tag, class string, lines []string, item func(string) (string, bool)) string {
	var items []string
	for _, line := range lines {
		if text, begins := item(line); begins || len(items) == 0 {
			items = append(items, text)
		} else {
			items[len(items)-1] += " " + strings.TrimSpace(line)
		}
	}
	out := "<" + tag + ` class="` + class + `">`
	for _, i := range items {
		out += "<li>" + inline(i) + "</li>"
	}
	return out + "</" + tag + ">\n"
}

func table(lines []string) string {
	out := `<div class="card scroll" tabindex="0" role="group" aria-label="Table"><table class="plain">`
	for i, line := range lines {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if i == 1 {
			continue // the rule under the head
		}
		tag := "td"
		if i == 0 {
			tag = "th"
			out += "<thead>"
		}
		out += "<tr>"
		for _, c := range cells {
			out += "<" + tag + ">" + inline(strings.TrimSpace(c)) + "</" + tag + ">"
		}
		out += "</tr>"
		if i == 0 {
			out += "</thead><tbody>"
		}
	}
	return out + "</tbody></table></div>\n"
}

var (
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	strongSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

func inline(text string) string {
	escaped := template.HTMLEscapeString(strings.Join(strings.Fields(text), " "))
	escaped = codeSpan.ReplaceAllString(escaped, "<code>$1</code>")
	return strongSpan.ReplaceAllString(escaped, "<strong>$1</strong>")
}
