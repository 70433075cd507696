package scenario

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Find lists the files of scenarios among files and folders, each folder's in the order of their
// names. A file whose name begins with _ is there to be included, and is not one.
func Find(names []string) ([]string, error) {
	var list []string
	for _, name := range names {
		err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			base := filepath.Base(path)
			if !d.IsDir() && (path == name || isScenario(base)) && !slices.Contains(list, path) {
				list = append(list, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func isScenario(base string) bool {
	return (strings.HasSuffix(base, ".yaml") || strings.HasSuffix(base, ".yml")) && !strings.HasPrefix(base, "_")
}
