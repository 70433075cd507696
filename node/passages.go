package node

import (
	"sandbank/web/dashboard"
	"sandbank/web/docs"
)

// passages has the dashboard find passages of the docs, neither of which knows the other.
func passages(find docs.Search) func(query string) []dashboard.Passage {
	return func(query string) (list []dashboard.Passage) {
		for _, p := range find(query) {
			list = append(list, dashboard.Passage{Page: p.Page, Title: p.Title, URL: p.URL, Text: p.String()})
		}
		return list
	}
}
