// Package form is the rules of form: how long a text may be, what it must not
// have in it, which URLs, words and numbers there are. Each rule stands here once,
// as data, and is checked here once; a use case of package processor asks for the
// check, and a transport only says where in its own input the complaint belongs: a
// JSON pointer, an argument, a form's field.
//
// The rules are together, and not beside each noun, because one field crosses
// nouns: the same reference is typed into a payment, searched for in four lists,
// and named in a bank's command, and has to have the same bounds everywhere. The
// contract's maxLength is held to them by a test.
package form
