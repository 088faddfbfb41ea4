package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Sealer seals secrets that must be used again, such as what a connector signs in with.
// It works with a keyset, which is stored beside the data, sealed itself under a key that
// is not: a copy of the database opens nothing.
type Sealer struct {
	keys *keyset.Handle
	box  tink.AEAD
}

// KeySize is the size of the key that the keyset is sealed under.
const KeySize = 32

// NewSealer makes a keyset, and gives it sealed under the key.
func NewSealer(key []byte) (s *Sealer, sealed string, err error) {
	keys, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, "", fmt.Errorf("make keys to seal secrets with: %w", err)
	}
	return wrap(keys, key)
}

// OpenSealer opens a sealed keyset.
func OpenSealer(key []byte, sealed string) (*Sealer, error) {
	under, err := underKey(key)
	if err != nil {
		return nil, err
	}
	keys, err := keyset.Read(keyset.NewJSONReader(strings.NewReader(sealed)), under)
	if err != nil {
		return nil, errors.New("the key does not open what secrets are sealed with: it is not the one they were sealed under")
	}
	return sealer(keys)
}

func wrap(keys *keyset.Handle, key []byte) (*Sealer, string, error) {
	under, err := underKey(key)
	if err != nil {
		return nil, "", err
	}
	var text bytes.Buffer
	if err := keys.Write(keyset.NewJSONWriter(&text), under); err != nil {
		return nil, "", fmt.Errorf("seal the keys: %w", err)
	}
	s, err := sealer(keys)
	return s, text.String(), err
}

func underKey(key []byte) (tink.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("the key has %d bytes, not %d", len(key), KeySize)
	}
	under, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("prepare the key: %w", err)
	}
	return under, nil
}

func sealer(keys *keyset.Handle) (*Sealer, error) {
	box, err := aead.New(keys)
	if err != nil {
		return nil, fmt.Errorf("prepare the keys: %w", err)
	}
	return &Sealer{keys: keys, box: box}, nil
}

// Seal seals a secret for the record that about names: it opens for no other.
func (s *Sealer) Seal(plain []byte, about string) (string, error) {
	sealed, err := s.box.Encrypt(plain, []byte(about))
	if err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	return base64.RawStdEncoding.EncodeToString(sealed), nil
}

// Unseal opens a secret that was sealed for a record.
func (s *Sealer) Unseal(sealed, about string) ([]byte, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, errors.New("a sealed secret is damaged")
	}
	plain, err := s.box.Decrypt(raw, []byte(about))
	if err != nil {
		return nil, errors.New("a sealed secret does not open: it was sealed for another record or under other keys")
	}
	return plain, nil
}

// ReadKey reads the key that keysets are sealed under: the given text, base64, or else
// the file, which is made, readable by its owner alone, when it is not there.
func ReadKey(text, file string) ([]byte, error) {
	if text != "" {
		return decodeKey(text, "the given key")
	}
	stored, err := os.ReadFile(file)
	if err == nil {
		ownersAlone(file)
		return decodeKey(string(stored), file)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	key := make([]byte, KeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	err = writeKey(file, key)
	if errors.Is(err, fs.ErrExist) { // another start was quicker
		return ReadKey(text, file)
	}
	if err != nil {
		return nil, err
	}
	return key, nil
}

// writeKey makes the file of a key, whole or not at all: half of one would keep every
// later start from reading it.
func writeKey(file string, key []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // which its owner alone may read
	if err != nil {
		return fmt.Errorf("make the key file: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the key file: %w", err)
	}
	err = os.Link(f.Name(), file)
	if err != nil && !errors.Is(err, fs.ErrExist) { // this file system knows no second names
		if _, missing := os.Lstat(file); errors.Is(missing, fs.ErrNotExist) {
			err = os.Rename(f.Name(), file)
		}
	}
	if err != nil {
		return fmt.Errorf("name the key file: %w", err)
	}
	return nil
}

// ownersAlone keeps others from reading a key file that was copied or restored with wider
// permissions. One that belongs to somebody else, or lies where nothing can be changed,
// stays as its owner wants it.
func ownersAlone(file string) {
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		_ = os.Chmod(file, info.Mode().Perm()&^0o077)
	}
}

func decodeKey(text, from string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("%s is no key: it must be %d random bytes in base64, as `openssl rand -base64 %d` gives them", from, KeySize, KeySize)
	}
	return key, nil
}
