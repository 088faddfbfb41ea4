package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
)

// seal encrypts a session's values with a key that only the cookie gives. A token
// that waits to be shown once is therefore in no copy of the database.
func seal(random io.Reader, cookie string, values map[string]string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	plain, err := json.Marshal(values)
	if err != nil {
		return "", fmt.Errorf("write session values: %w", err)
	}
	box, err := boxOf(cookie)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return "", fmt.Errorf("read a nonce: %w", err)
	}
	return base64.RawStdEncoding.EncodeToString(box.Seal(nonce, nonce, plain, nil)), nil
}

// unseal gives the values back; what cannot be opened counts as none.
func unseal(cookie, data string) map[string]string {
	values := map[string]string{}
	raw, err := base64.RawStdEncoding.DecodeString(data)
	if err != nil || data == "" {
		return values
	}
	box, err := boxOf(cookie)
	if err != nil || len(raw) < box.NonceSize() {
		return values
	}
	plain, err := box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], nil)
	if err != nil || json.Unmarshal(plain, &values) != nil {
		return map[string]string{}
	}
	return values
}

func boxOf(cookie string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(cookie), nil, "muster session values", 32)
	if err != nil {
		return nil, fmt.Errorf("derive a session key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("prepare a session key: %w", err)
	}
	return cipher.NewGCM(block)
}
