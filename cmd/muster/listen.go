package main

import (
	"context"
	"errors"
	"net"
	"syscall"

	"muster/models"
)

// listenOn takes an address, or says why it cannot be had. flag is the one that names it.
func listenOn(ctx context.Context, flag, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		return l, nil
	}
	reason := err
	if op, ok := errors.AsType[*net.OpError](err); ok {
		reason = op.Err
	}
	advice := "Write it as address and port, like 127.0.0.1:8080 or [::1]:8080."
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		advice = "Another program uses the port, perhaps Muster itself: stop it, or choose another port with --" + flag + "."
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		advice = "This machine has no such address. Use one that it has, or 0.0.0.0 for all."
	case errors.Is(err, syscall.EACCES):
		advice = "Ports below 1024 are kept for privileged programs: choose another with --" + flag + "."
	}
	return nil, models.Errorf(models.Invalid, flag, "Muster cannot listen on %q: %v.", address, reason).WithAdvice("%s", advice)
}
