package entra_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"muster/models/source"
	"muster/models/source/entra"
)

// TestConnectionFailures classes what the network says.
func TestConnectionFailures(t *testing.T) {
	for err, want := range map[error]source.Code{
		&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}:                          source.NotReached,
		&net.OpError{Op: "dial", Err: entra.ErrPrivate}:                                                              source.NotReached,
		&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}:                                                          source.NotReached,
		&net.OpError{Op: "read", Err: syscall.ECONNRESET}:                                                            source.NotReached,
		&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}:                                                        source.Unavailable,
		&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}:                                                  source.ProxyFailed,
		&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}:                                         source.TLSFailed,
		&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "x.test"}}: source.TLSFailed,
		&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}:                   source.ClockWrong,
		tls.RecordHeaderError{}: source.TLSFailed,
		io.ErrUnexpectedEOF:     source.NotReached,
	} {
		if have := entra.ConnectionCode(&url.Error{Op: "Get", URL: "https://x.test", Err: err}); have != want {
			t.Errorf("%T %v: %s, %s is wanted", err, err, have, want)
		}
	}
}

// TestPublicOnly tries where a name may lead, and where not.
func TestPublicOnly(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1:443", "[::1]:443", "0.0.0.0:443", "[::]:443", "10.0.0.1:443", "172.16.3.4:443", "192.168.1.1:443",
		"169.254.169.254:80", "100.64.0.1:443", "[::ffff:127.0.0.1]:443", "[::ffff:10.0.0.1]:443", "[fe80::1]:443", "[fd00::1]:443",
		"[64:ff9b::a00:1]:443", "[2002:a00:1::1]:443", "224.0.0.1:443", "[ff02::1]:443", "255.255.255.255:443", "198.18.0.1:443", "no address",
	} {
		if err := entra.PublicOnly(address); err == nil {
			t.Errorf("%s may be called", address)
		}
	}
	for _, address := range []string{"20.190.128.1:443", "40.126.32.1:443", "[2603:1036:3000::1]:443", "[::ffff:20.190.128.1]:443"} {
		if err := entra.PublicOnly(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
