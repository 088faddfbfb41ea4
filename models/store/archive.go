package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"muster/models"
)

// A backup is a gzip file that holds a SQLite database: any gunzip and any sqlite3
// open it. Its header names the SHA-256 of the database, so that damage which the
// checksum of gzip would let pass is found too.
const (
	archiveName    = "muster.db"
	archiveComment = "muster backup sha256 "
)

// pack writes a database file as a backup.
func pack(w io.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	z, err := archiveWriter(w, sum)
	if err != nil {
		return err
	}
	if _, err := io.Copy(z, f); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

func archiveWriter(w io.Writer, sum hash.Hash) (*gzip.Writer, error) {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("compress the backup: %w", err)
	}
	z.Name, z.Comment, z.OS = archiveName, archiveComment+hex.EncodeToString(sum.Sum(nil)), 255
	return z, nil
}

func damaged(why string) *models.Error {
	return models.Errorf(models.Invalid, "file", "The backup is damaged or incomplete: %s. Nothing was changed.", why).
		WithAdvice("Copy the file again, or use an older backup.").WithCode("backupDamaged")
}

// unpack writes the database of a backup to a file, or refuses: nothing of a
// backup is used before all of it was read and its sum is right.
func unpack(r io.Reader, file string) error {
	buffered := bufio.NewReader(r)
	if head, err := buffered.Peek(2); err != nil || !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return models.Errorf(models.Invalid, "file", "This is not a backup of Muster: it does not begin like one. Nothing was changed.").
			WithAdvice("Give the file that muster backup wrote.").WithCode("notABackup")
	}
	want, err := archiveHead(buffered)
	if err != nil {
		return err
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return damaged("its header cannot be read")
	}
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("unpack the backup: %w", err)
	}
	defer out.Close()
	sum := sha256.New()
	disk := &remember{w: out}
	if _, err := io.Copy(io.MultiWriter(disk, sum), z); err != nil { //nolint:gosec // the file is the administrator's own, as large as their data
		if disk.err != nil {
			return fmt.Errorf("unpack the backup: %w", disk.err)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return damaged("it ends too early")
		}
		return damaged("it cannot be decompressed")
	}
	if hex.EncodeToString(sum.Sum(nil)) != want {
		return damaged("its content is not what was written")
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("unpack the backup: %w", err)
	}
	return nil
}

// archiveHead finds the sum in the header. The header has one form only, which
// leaves no byte of it free to change unnoticed.
func archiveHead(r *bufio.Reader) (sum string, err error) {
	var model bytes.Buffer
	z, err := archiveWriter(&model, sha256.New())
	if err != nil {
		return "", err
	}
	if err := z.Flush(); err != nil {
		return "", fmt.Errorf("compress the backup: %w", err)
	}
	end := bytes.Index(model.Bytes(), []byte(archiveComment)) + len(archiveComment)
	head, err := r.Peek(end + sha256.Size*2 + 1)
	if err != nil {
		return "", damaged("it ends too early")
	}
	if !bytes.Equal(head[:end], model.Bytes()[:end]) || head[len(head)-1] != 0 {
		if !strings.Contains(string(head), archiveComment) {
			return "", models.Errorf(models.Invalid, "file", "This is not a backup of Muster, though it is a gzip file. Nothing was changed.").
				WithAdvice("Give the file that muster backup wrote.").WithCode("notABackup")
		}
		return "", damaged("its header was changed")
	}
	return string(head[end : len(head)-1]), nil
}

// remember tells a failure to write from a failure to read.
type remember struct {
	w   io.Writer
	err error
}

func (m *remember) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	if err != nil {
		m.err = err
	}
	return n, err
}
