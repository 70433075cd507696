// Package form has the rules of form: how long a text may be, which characters it
// may not have, and which URLs, words and numbers are accepted. Each rule stands
// here once, as data, and is checked here once; a use case of package processor
// calls the check, and a transport only says where in its own input the complaint
// belongs: a JSON pointer, an argument, a form's field.
//
// The rules are together, and not beside each noun, because one field crosses
// nouns: the same reference is typed into a payment, searched for in four lists,
// and named in a bank's command, and has to have the same bounds everywhere. The
// contract's maxLength is held to them by a test.
package form
