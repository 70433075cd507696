package scenarios

// Lessons lists the files of the lessons, without folder and .yaml, in the order in which one gives them.
func Lessons() []string {
	return []string{"answer-now", "silence", "late", "twice", "challenge", "webhook-first", "refund-fails", "day-with-break", "outage"}
}

// LessonFolder is the folder of the lessons.
const LessonFolder = "lessons"
