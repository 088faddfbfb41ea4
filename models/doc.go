// Package models holds the nouns of Muster: organizations, users, groups,
// tokens, log entries and the rest, as plain structs with the rules that need
// nothing but themselves. It knows neither SQL nor HTTP.
package models
