package testenv

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes and drops the databases
)

// Postgres gives the URL of a fresh, empty database, dropped when the test ends. One
// server serves the whole test process; it forgets everything and syncs nothing.
func Postgres(t testing.TB) string {
	t.Helper()
	s := server()
	if s.missing != "" {
		missing(t, "postgres", s.missing)
	}
	if s.err != nil {
		t.Fatalf("testenv: PostgreSQL: %v", s.err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	s.run(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { s.run(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return s.url(name)
}

// A postgres is the server of this test process.
type postgres struct {
	process *process // held, or the collector would close the pipe that keeps it alive
	port    int
	missing string // why there is no server on this machine
	err     error  // why it did not start
}

// server starts the server on first use.
var server = sync.OnceValue(func() *postgres {
	s := &postgres{}
	bin, env := postgresBin()
	if bin == "" {
		s.missing = "neither on this machine nor in " + Cache()
		return s
	}
	for range 3 { // another program may take the free port first
		if s.port, s.err = freePort(); s.err != nil {
			continue
		}
		if s.err = s.start(bin, env); s.err == nil {
			return s
		}
	}
	return s
})

// postgresBin is the folder of the newest server on this machine, else of the unpacked
// one with the environment that one needs; empty when there is none.
func postgresBin() (bin string, env []string) {
	root := filepath.Join(Cache(), "postgres")
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well-formed: no error
	slices.Reverse(candidates)
	if path, err := exec.LookPath("postgres"); err == nil {
		candidates = append(candidates, filepath.Dir(path))
	}
	for _, dir := range candidates {
		if isFile(filepath.Join(dir, "postgres")) && isFile(filepath.Join(dir, "initdb")) {
			return dir, nil
		}
	}
	unpacked, _ := filepath.Glob(filepath.Join(root, "usr/lib/postgresql/*/bin"))
	if len(unpacked) == 0 {
		return "", nil
	}
	return unpacked[len(unpacked)-1], []string{"LD_LIBRARY_PATH=" + libs(root)}
}

// start makes a cluster in a temporary folder and runs the server on it until the test
// process ends.
func (s *postgres) start(bin string, env []string) (err error) {
	dir, err := os.MkdirTemp("", "wenyuan-postgres-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	as, err := ordinaryUser(dir)
	if err != nil {
		return err
	}
	if as != nil && env != nil {
		if bin, env, err = reachable(bin, dir); err != nil {
			return err
		}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.Env = dir, append(os.Environ(), env...)
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	p, err := start(dir, "QUIT", as, env, filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "shared_buffers=32MB",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "log_min_messages=fatal")
	if err != nil {
		return err
	}
	if err := p.await(func() error { return s.exec("SELECT 1") }); err != nil {
		p.stop()
		return err
	}
	s.process = p
	return nil
}

// ordinaryUser is nil for an ordinary user. For root, whom the server refuses, it is
// nobody, made the owner of dir.
func ordinaryUser(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("the server refuses to run as root, and there is no user to run it as: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}

// reachable copies the unpacked server into dir: root's cache lies in a folder that
// nobody else may enter.
func reachable(bin, dir string) (string, []string, error) {
	root := filepath.Join(Cache(), "postgres")
	to := filepath.Join(dir, "root")
	if out, err := exec.Command("cp", "-r", root, to).CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("copy the server to where it can run: %w: %s", err, out)
	}
	if out, err := exec.Command("chmod", "-R", "a+rwX", to).CombinedOutput(); err != nil { // w: the keeper removes it
		return "", nil, fmt.Errorf("copy the server to where it can run: %w: %s", err, out)
	}
	inside, err := filepath.Rel(root, bin)
	return filepath.Join(to, inside), []string{"LD_LIBRARY_PATH=" + libs(to)}, err
}

// url names a database of this server.
func (s *postgres) url(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// exec runs one statement in the maintenance database.
func (s *postgres) exec(statement string) error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	return err
}

// run is exec for a test.
func (s *postgres) run(t testing.TB, statement string) {
	t.Helper()
	if err := s.exec(statement); err != nil {
		t.Errorf("testenv: PostgreSQL: %s: %v", statement, err)
	}
}
