package amqptest_test

import (
	"os"
	"os/exec"
	"testing"

	"sandbank/amqptest"
)

// TestRabbitMQ holds RabbitMQ to the suite. It needs a server that it may
// make users and queues in:
//
//	SANDBANK_TEST_AMQP_URL     its URL, for a user who may do everything
//	SANDBANK_TEST_RABBITMQCTL  a command that administers it; without it
//	                           permissions and alarms are not tested
func TestRabbitMQ(t *testing.T) {
	url := os.Getenv("SANDBANK_TEST_AMQP_URL")
	if url == "" {
		t.Skip("SANDBANK_TEST_AMQP_URL is not set")
	}
	target := amqptest.Target{URL: url}
	if ctl := os.Getenv("SANDBANK_TEST_RABBITMQCTL"); ctl != "" {
		target.SetUser = func(u amqptest.User) error { return setUser(ctl, u) }
		target.Block = func(on bool) error {
			limit := "0.4"
			if on {
				limit = "0"
			}
			return exec.Command(ctl, "set_vm_memory_high_watermark", limit).Run()
		}
	}
	amqptest.Run(t, target)
}

func setUser(ctl string, u amqptest.User) error {
	// The user may be left over from an earlier run.
	_ = exec.Command(ctl, "delete_user", u.Name).Run()
	if err := exec.Command(ctl, "add_user", u.Name, u.Password).Run(); err != nil {
		return err
	}
	return exec.Command(ctl, "set_permissions", u.Name, u.Configure, u.Write, u.Read).Run()
}
