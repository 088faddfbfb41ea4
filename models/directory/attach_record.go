package directory

import (
	"context"

	"muster/models"
)

// Record is what is known from outside of a record that a method's directory has.
type Record struct {
	Anchor         string
	UserName       string
	Email          string // the primary or work address
	EmployeeNumber string
	Enabled        *bool // nil when it does not say
	Attributes     models.Attributes
}

// Wanted is what the record of one of our users could be known by; what the user does
// not have is empty.
type Wanted struct {
	UserID         string // public id
	Anchor         string // that the user kept
	UserName       string
	Email          string
	EmployeeNumber string
}

// Records tells what a method's directory is known to have, from what a shadow
// received or a connector read.
type Records interface {
	// Find gives, for each of the users in turn, the records that have their anchor,
	// their userName in any case, their employee number or their e-mail address. It
	// is asked within transactions: it answers from what is stored and writes nothing.
	Find(ctx context.Context, organization int64, method models.Method, users []Wanted) ([][]Record, error)
}

func wanted(u *models.User, m models.Method) Wanted {
	return Wanted{UserID: u.ID, Anchor: u.Anchor(m), UserName: u.UserName, Email: u.Email, EmployeeNumber: u.EmployeeNumber}
}
