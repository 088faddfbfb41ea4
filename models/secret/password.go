package secret

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

const (
	saltLength = 16
	keyLength  = 32
)

// PasswordOptions sets the cost of a password hash. Zero values mean 64 MiB,
// 3 passes, 4 lanes (RFC 9106 section 4, second recommended option) and two
// hashes at a time, so that sign-ins cannot take more than 128 MiB.
type PasswordOptions struct {
	Rand       io.Reader // salts; crypto/rand.Reader outside tests
	Memory     uint32    // KiB
	Time       uint32    // passes
	Threads    uint8     // lanes
	Concurrent int       // hashes computed at the same time
}

// Passwords hashes and verifies with argon2id.
type Passwords struct {
	rand   io.Reader
	cost   cost
	places chan struct{}
	dummy  phc // what an unknown account is compared with
}

type cost struct {
	memory, time uint32
	threads      uint8
}

// NewPasswords returns a hasher; one per process, because it holds the places
// that limit how many hashes are computed at once.
func NewPasswords(o PasswordOptions) *Passwords {
	c := cost{memory: o.Memory, time: o.Time, threads: o.Threads}
	if c.memory == 0 {
		c.memory = 64 * 1024
	}
	if c.time == 0 {
		c.time = 3
	}
	if c.threads == 0 {
		c.threads = 4
	}
	if o.Concurrent == 0 {
		o.Concurrent = 2
	}
	dummy := phc{cost: c, salt: make([]byte, saltLength)}
	return &Passwords{rand: o.Rand, cost: c, places: make(chan struct{}, o.Concurrent), dummy: dummy}
}

// Hash returns the PHC string to store. It waits for a free place or ctx's
// end. It does not judge the password: that is CheckPassword's work.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if len(password) > maxPasswordBytes {
		return "", errTooLong
	}
	h := phc{cost: p.cost, salt: make([]byte, saltLength)}
	if _, err := io.ReadFull(p.rand, h.salt); err != nil {
		return "", fmt.Errorf("read a salt: %w", err)
	}
	key, err := p.derive(ctx, h, password)
	if err != nil {
		return "", err
	}
	h.key = key
	return h.String(), nil
}

// Verify compares a password with a stored hash. needsUpgrade says that the
// hash was made with other costs than today's: hash the password again and
// store it, while it is known. An unreadable hash is an error, never a match.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (ok, needsUpgrade bool, err error) {
	h, err := parsePHC(hash)
	if err != nil {
		return false, false, fmt.Errorf("read the stored password hash: %w", err)
	}
	if len(password) > maxPasswordBytes {
		// No account has such a password, but the answer must take as long.
		return false, false, p.VerifyUnknown(ctx, "")
	}
	key, err := p.derive(ctx, h, password)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(key, h.key) == 1
	return ok, ok && h.cost != p.cost, nil
}

// VerifyUnknown does the work of Verify for an account that does not exist, so
// that the answer's time does not tell which addresses have one.
func (p *Passwords) VerifyUnknown(ctx context.Context, password string) error {
	_, err := p.derive(ctx, p.dummy, password[:min(len(password), maxPasswordBytes)])
	return err
}

func (p *Passwords) derive(ctx context.Context, h phc, password string) ([]byte, error) {
	select {
	case p.places <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to check a password: %w", ctx.Err())
	}
	defer func() { <-p.places }()
	return argon2.IDKey([]byte(password), h.salt, h.cost.time, h.cost.memory, h.cost.threads, keyLength), nil
}

// phc is a hash in the string format of the Password Hashing Competition:
// $argon2id$v=19$m=65536,t=3,p=4$salt$key in base64 without padding.
type phc struct {
	cost      cost
	salt, key []byte
}

func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.cost.memory, h.cost.time, h.cost.threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return phc{}, errors.New("not an argon2id hash")
	}
	if parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, fmt.Errorf("unknown argon2 version %q", parts[2])
	}
	var h phc
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.cost.memory, &h.cost.time, &h.cost.threads); n != 3 || err != nil {
		return phc{}, errors.New("unreadable costs")
	}
	// A damaged or planted row must not cost gigabytes or minutes.
	if h.cost.memory > 1<<20 || h.cost.time > 64 || h.cost.time == 0 || h.cost.threads == 0 {
		return phc{}, errors.New("costs out of range")
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(h.salt) < 8 {
		return phc{}, errors.New("unreadable salt")
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(h.key) != keyLength {
		return phc{}, errors.New("unreadable key")
	}
	if h.String() != s {
		return phc{}, errors.New("characters after the costs")
	}
	return h, nil
}
