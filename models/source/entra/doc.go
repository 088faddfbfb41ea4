// Package entra reads users, groups and memberships from Microsoft Entra ID through
// Microsoft Graph: by delta, with the attributes that are wanted, one page at a time.
//
// It signs in with azidentity and speaks through azcore's pipeline with types of its
// own. Three things hold for every call: it goes to a host of the configured cloud
// and nowhere else, it waits as long as Graph asks, and what did not come whole is an
// error and never an absence.
package entra
