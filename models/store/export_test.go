package store

import "muster/models"

// PlaceOfUser gives the cursor beside a user of a list.
func PlaceOfUser(u models.User) string { return cursor{Sort: u.SortKey, Key: u.Key}.String() }

// PlaceOfEntry gives the cursor beside a log entry.
func PlaceOfEntry(e models.LogEntry) string { return cursor{At: e.At, Key: e.Key}.String() }
