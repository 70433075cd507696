package form

import "testing"

// What is taken for plain is what the URL standard takes, and means by it the same host.
func FuzzPlainHost(f *testing.F) {
	for _, host := range []string{"shop.example", "127.0.0.1", "127.1", "010.0.0.1", "::1", "::ffff:1.2.3.4", "0x7f", "a.0x7f", "xn--bcher-kva.example", "a..b", "localhost", "a-b.c", "-a", "ab--c.d", "1.x2"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if host != "" && (plainHost(host) || plainAddress(host)) {
			if complaint := standard("https://"+host+"/orders/1042", host); complaint != "" {
				t.Errorf("%q passes as plain, and the standard says: %s", host, complaint)
			}
		}
	})
}
