package amqpd

import "fmt"

// replyCode is the reason for closing a channel or a connection, or for
// returning a message.
type replyCode uint16

// The reply codes of AMQP 0-9-1 that this broker sends.
const (
	codeSuccess            replyCode = 200
	codeNoRoute            replyCode = 312
	codeConnectionForced   replyCode = 320
	codeAccessRefused      replyCode = 403
	codeNotFound           replyCode = 404
	codeResourceLocked     replyCode = 405
	codePreconditionFailed replyCode = 406
	codeFrameError         replyCode = 501
	codeSyntaxError        replyCode = 502
	codeCommandInvalid     replyCode = 503
	codeChannelError       replyCode = 504
	codeUnexpectedFrame    replyCode = 505
	codeNotAllowed         replyCode = 530
	codeNotImplemented     replyCode = 540
	codeInternalError      replyCode = 541
)

// name is the word that opens the reply text, as clients log it.
func (c replyCode) name() string {
	switch c {
	case codeConnectionForced:
		return "CONNECTION_FORCED"
	case codeAccessRefused:
		return "ACCESS_REFUSED"
	case codeNotFound:
		return "NOT_FOUND"
	case codeResourceLocked:
		return "RESOURCE_LOCKED"
	case codePreconditionFailed:
		return "PRECONDITION_FAILED"
	case codeFrameError:
		return "FRAME_ERROR"
	case codeSyntaxError:
		return "SYNTAX_ERROR"
	case codeCommandInvalid:
		return "COMMAND_INVALID"
	case codeChannelError:
		return "CHANNEL_ERROR"
	case codeUnexpectedFrame:
		return "UNEXPECTED_FRAME"
	case codeNotAllowed:
		return "NOT_ALLOWED"
	case codeNotImplemented:
		return "NOT_IMPLEMENTED"
	default:
		return "INTERNAL_ERROR"
	}
}

// fault is an error that the client is told about. It closes its channel or, if
// the code is a hard one, the whole connection.
type fault struct {
	code   replyCode
	text   string
	method methodID // the method that failed, 0 if none did
}

func failf(code replyCode, format string, args ...any) *fault {
	return &fault{code: code, text: code.name() + " - " + fmt.Sprintf(format, args...)}
}

// hard reports whether the specification demands that the connection be closed.
func (f *fault) hard() bool {
	return f.code >= 500 || f.code == codeConnectionForced
}

// Error makes a fault an ordinary error, to be passed up to the connection.
func (f *fault) Error() string { return fmt.Sprintf("%d %s", f.code, f.text) }
