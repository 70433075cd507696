package engine

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// StartNginx runs a private nginx in a folder. It listens on addr and follows
// the directives there: server's stand inside of server, http's outside of it.
func StartNginx(ctx context.Context, folder, addr, server, http string) (*Program, error) {
	path, err := find("nginx", "nginx-light", "/usr/sbin/nginx")
	if err != nil {
		return nil, err
	}
	conf := fmt.Sprintf(`daemon off; worker_processes 1; pid %[1]s/nginx.pid; error_log %[1]s/error.log;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  %[4]s
  server { listen %[2]s; %[3]s }
}
`, folder, addr, server, http)
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "-p", folder, "-c", file, "-e", filepath.Join(folder, "error.log"))
	return StartProgram(ctx, cmd, filepath.Join(folder, "nginx.log"), func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}
