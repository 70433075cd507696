package docs

// ScenariosPage is the page about scenarios, for tests that run what it shows.
func ScenariosPage(base string) ScenariosView { return scenariosPage(base) }

// OwnLesson is the lesson that the page about teaching shows.
const OwnLesson = ownLesson
