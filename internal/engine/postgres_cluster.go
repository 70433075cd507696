package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
)

type postgresPrograms struct{ initdb, server string }

func findPostgres() (postgresPrograms, error) {
	const pkg, bin = "postgresql", "/usr/lib/postgresql/*/bin/"
	initdb, err := find("initdb", pkg, bin+"initdb")
	if err != nil {
		return postgresPrograms{}, err
	}
	server, err := find("postgres", pkg, bin+"postgres")
	return postgresPrograms{initdb: initdb, server: server}, err
}

// An owner is the user a server runs as, where that is not the current one.
type owner struct{ uid, gid uint32 }

// postgresOwner returns the user postgres when the program runs as root, which PostgreSQL
// refuses; else nil, for the current user.
func postgresOwner() (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("engine: PostgreSQL does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("engine: user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("engine: user postgres: %w", err)
	}
	return &owner{uid: uint32(uid), gid: uint32(gid)}, nil
}

func newPostgres(programs postgresPrograms, options PostgresOptions) (*Postgres, error) {
	runAs, err := postgresOwner()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	room, err := newRoom("postgres")
	if err != nil {
		return nil, err
	}
	p := &Postgres{room: room, programs: programs, owner: runAs, port: port, password: rand.Text(), option: options}
	if err := p.furnish(); err != nil {
		return nil, errors.Join(err, room.remove())
	}
	return p, nil
}

// furnish writes the password file and hands the room to the server's user.
func (p *Postgres) furnish() error {
	if err := p.room.write("password", p.password, 0o400); err != nil {
		return err
	}
	if p.owner == nil {
		return nil
	}
	for _, path := range []string{p.room.path, p.room.join("password")} {
		if err := os.Chown(path, int(p.owner.uid), int(p.owner.gid)); err != nil {
			return fmt.Errorf("engine: %w", err)
		}
	}
	return nil
}

// initialise makes the empty cluster.
func (p *Postgres) initialise(ctx context.Context) error {
	cmd := p.command(ctx, p.programs.initdb,
		"--pgdata", p.room.join("data"), "--username", "postgres", "--pwfile", p.room.join("password"),
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8",
		// An empty cluster is not worth waiting for the disk.
		"--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("engine: initdb: %w\n%s", err, out)
	}
	return nil
}

// command prepares a program of PostgreSQL's to run as the server's user, in the room.
func (p *Postgres) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = p.room.path
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TZ=UTC"}
	if p.owner != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: p.owner.uid, Gid: p.owner.gid, Groups: []uint32{p.owner.gid}},
		}
	}
	return cmd
}

func (p *Postgres) startServer() error {
	// The server must outlive the caller's context, which bounds only the start.
	cmd := p.command(context.Background(), p.programs.server, p.arguments()...)
	server, err := startProcess(cmd, p.room.join("postgres.log"), syscall.SIGQUIT)
	if err == nil {
		p.server = server
	}
	return err
}

func (p *Postgres) arguments() []string {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(p.port),
		"unix_socket_directories": "",
		"max_connections":         "300",
		"logging_collector":       "off",
		"timezone":                "UTC",
	}
	if p.option.Fast {
		settings["fsync"] = "off"
		settings["synchronous_commit"] = "off"
		settings["full_page_writes"] = "off"
	}
	maps.Copy(settings, p.option.Settings)
	args := []string{"-D", p.room.join("data")}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// probe asks for an answered query: the port alone opens while the server still recovers.
func (p *Postgres) probe(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return conn.Ping(ctx)
}
