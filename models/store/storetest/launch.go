package storetest

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// watch runs a server until its standard input closes, which the kernel does when
// the test process ends in whatever way, and then removes the server's folder.
const watch = `"$2" -D "$1/data" -p "$3" -h 127.0.0.1 -k "$1" -c max_connections=200 </dev/null &
cat >/dev/null
kill -INT $!
wait $!
cd /
rm -rf "$1"`

// launch starts a PostgreSQL server of installed binaries on a free port of
// 127.0.0.1, in a folder of its own, and does not wait until it answers.
func launch() (*url.URL, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "muster-postgres-")
	if err != nil {
		return nil, err
	}
	as, err := servant(dir)
	if err != nil {
		return nil, err
	}
	create := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "muster", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	create.Dir, create.SysProcAttr = dir, as
	if out, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb failed: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := run(dir, filepath.Join(bin, "postgres"), port, as); err != nil {
		return nil, err
	}
	return &url.URL{
		Scheme: "postgres", User: url.User("muster"), Host: net.JoinHostPort("127.0.0.1", port),
		Path: "/postgres", RawQuery: "sslmode=disable",
	}, nil
}

func run(dir, program, port string, as *syscall.SysProcAttr) error {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	end, hold, err := os.Pipe()
	if err != nil {
		return err
	}
	defer end.Close()
	held = hold
	watcher := exec.Command("/bin/sh", "-c", watch, "watch", dir, program, port)
	watcher.Dir, watcher.SysProcAttr = dir, as
	watcher.Stdin, watcher.Stdout, watcher.Stderr = end, log, log
	return watcher.Start()
}

// held is the pipe whose closing ends the server: kept from the collector.
var held *os.File //nolint:gochecknoglobals,unused // lives as long as the process

// binaries finds the newest installed server.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		if path, err := exec.LookPath("initdb"); err == nil {
			return filepath.Dir(path), nil
		}
		return "", errors.New("set MUSTER_TEST_POSTGRES or install the package postgresql")
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// servant gives the folder to the user the server runs as: PostgreSQL refuses to
// run as root. The server has its own process group, out of reach of Ctrl-C.
func servant(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return attr, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, errors.New("running as root, and there is no user postgres or nobody to run the server as")
		}
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, int(uid), int(gid))
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
