package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
)

// asMuster makes the test binary behave as the program itself, so that tests can
// start, stop and kill real processes.
const asMuster = "MUSTER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asMuster) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := run(ctx, os.Args[1:], terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
		stop()
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// muster prepares a command of the program.
func muster(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asMuster+"=1")
	return cmd
}

// command runs a command to its end and gives its standard output.
func command(t testing.TB, input string, args ...string) string {
	t.Helper()
	out, errs, err := tryCommand(t, input, args...)
	if err != nil {
		t.Fatalf("muster %s: %v\n%s", strings.Join(args, " "), err, errs)
	}
	return out
}

func tryCommand(t testing.TB, input string, args ...string) (out, errs string, err error) {
	t.Helper()
	cmd := muster(t.Context(), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// server is a running program.
type server struct {
	cmd   *exec.Cmd
	url   string
	lines []string // the three lines of its start-up
	errs  *said
	ended chan error
}

// said keeps what a running process says, for reading meanwhile.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// serve starts the program on a folder and waits for its three lines.
func serve(t testing.TB, data, listen string, args ...string) *server {
	t.Helper()
	s, err := tryServe(t, data, listen, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

func tryServe(t testing.TB, data, listen string, args ...string) (*server, error) {
	cmd := muster(context.Background(), append([]string{"--data", data, "serve", "--listen", listen}, args...)...)
	s := &server{cmd: cmd, errs: &said{}, ended: make(chan error, 1)}
	cmd.Stderr = s.errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for len(s.lines) < 3 && lines.Scan() {
		s.lines = append(s.lines, lines.Text())
	}
	go func() {
		_, _ = io.Copy(io.Discard, out)
		s.ended <- cmd.Wait()
	}()
	if len(s.lines) < 3 {
		return nil, fmt.Errorf("the server ended before its three lines (%v): %w\n%s", s.lines, <-s.ended, s.errs)
	}
	s.url = strings.Fields(s.lines[0])[1]
	return s, nil
}

// kill ends the process as a power cut would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	select {
	case <-s.ended:
	case <-time.After(10 * time.Second):
	}
}

// stop asks the process to end and gives how it did.
func (s *server) stop(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		s.ended <- err
		if err != nil {
			t.Fatalf("the server did not end well: %v\n%s", err, s.errs)
		}
	case <-time.After(15 * time.Second):
		t.Fatal("the server did not end within 15 seconds of SIGTERM")
	}
}

// freePort is an address that nobody listened on a moment ago.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// provisioned makes a folder with SCIM in charge and a token.
func provisioned(t testing.TB) (data, token string) {
	t.Helper()
	data = t.TempDir()
	return data, admitted(t, data)
}

// admitted puts SCIM in charge of a data folder and gives a token for it.
func admitted(t testing.TB, data string) (token string) {
	t.Helper()
	if !strings.Contains(command(t, "", "--data", data, "method", "show"), "SCIM") { // setting it again is refused
		command(t, "", "--data", data, "method", "set", "scim")
	}
	return strings.TrimSpace(command(t, "", "--data", data, "token", "new", "--description", "test"))
}

// inspect opens the data of a stopped server.
func inspect(t testing.TB, data string) (*store.Store, models.Organization) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{File: filepath.Join(data, databaseFile), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o, err := s.OrganizationBySlug(t.Context(), store.FirstOrganization)
	if err != nil {
		t.Fatal(err)
	}
	return s, o
}
