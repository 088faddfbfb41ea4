// Package secret makes, hashes and hides what must not be read by others:
// SCIM tokens, passwords, session ids, and the traces of them in logs.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// TokenPrefix opens every SCIM token, so that secret scanners recognise one in
// a repository or a chat.
const TokenPrefix = "mst_"

const (
	base62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	tokenRandom = 30
	tokenSum    = 6
	tokenLength = len(TokenPrefix) + tokenRandom + tokenSum
	shownRandom = 6
)

// NewToken returns "mst_", 30 random base62 characters (178 bits) and 6
// characters CRC32 of what precedes them, the form that GitHub's tokens have.
// r is crypto/rand.Reader outside tests; NewToken panics when r fails, because
// a token with less randomness must never be handed out.
func NewToken(r io.Reader) string {
	body := TokenPrefix + NewCode(r, tokenRandom)
	sum := checksum(body)
	return body + string(sum[:])
}

// CheckToken tells a typo from a token without a database: it checks length,
// alphabet and checksum. The error is fit to show and never repeats the token.
func CheckToken(s string) error {
	switch {
	case s == "":
		return errors.New("no token was sent; put it in the header as \"Authorization: Bearer mst_…\"")
	case !strings.HasPrefix(s, TokenPrefix):
		return fmt.Errorf("the token does not begin with %q; copy the whole token as it was shown when it was made", TokenPrefix)
	case len(s) != tokenLength:
		return fmt.Errorf("the token has %d characters instead of %d; it was not copied whole, or something was added", len(s), tokenLength)
	}
	if !onlyBase62(s[len(TokenPrefix):]) {
		return errors.New("the token holds a character that no token has; copy it again")
	}
	body := s[:tokenLength-tokenSum]
	if sum := checksum(body); !Equal(string(sum[:]), s[tokenLength-tokenSum:]) {
		return errors.New("the token's checksum is wrong: it was mistyped; copy it again, or make a new one")
	}
	return nil
}

// HashToken returns the hex SHA-256 under which a token is stored and looked
// up. A token is long and random, so that a slow hash would add nothing.
func HashToken(s string) string {
	sum := sha256.Sum256([]byte(s))
	var out [2 * sha256.Size]byte
	hex.Encode(out[:], sum[:])
	return string(out[:])
}

// Prefix returns what may be shown of a token, "mst_" and its first six
// characters, or "" for anything that is not shaped like a token.
func Prefix(token string) string {
	if !strings.HasPrefix(token, TokenPrefix) || len(token) != tokenLength {
		return ""
	}
	return token[:len(TokenPrefix)+shownRandom]
}

// NewCode returns n characters drawn evenly from base62 (5.95 bits each). It
// panics when r fails, as NewToken does.
func NewCode(r io.Reader, n int) string {
	out := make([]byte, 0, n)
	buf := make([]byte, n+n/4+8)
	for len(out) < n {
		if _, err := io.ReadFull(r, buf); err != nil {
			panic(fmt.Sprintf("read random bytes: %v", err))
		}
		for _, b := range buf {
			// 248 is the largest multiple of 62 in a byte: taking the rest
			// too would make the first eight characters likelier.
			if b < 248 && len(out) < n {
				out = append(out, base62[b%62])
			}
		}
	}
	return string(out)
}

// NewSessionID returns 43 base62 characters, 256 bits: for session ids and
// one-use links. Store HashToken of it, as for a token.
func NewSessionID(r io.Reader) string { return NewCode(r, 43) }

// Equal compares in constant time. Two empty strings are not equal: a secret
// that was never set matches nothing.
func Equal(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

func checksum(body string) (out [tokenSum]byte) {
	n := ^uint32(0) // crc32.ChecksumIEEE, which would copy the text
	for i := range len(body) {
		n = crc32.IEEETable[byte(n)^body[i]] ^ n>>8
	}
	n = ^n
	for i := tokenSum - 1; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
	return out
}

func onlyBase62(s string) bool {
	for i := range len(s) {
		if strings.IndexByte(base62, s[i]) < 0 {
			return false
		}
	}
	return true
}
