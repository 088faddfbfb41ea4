package session

import (
	"strings"

	"github.com/labstack/echo/v4"
)

const flashKey = "flash"

// Set keeps a value in the session, sealed with the browser's cookie; "" forgets
// it. Without a session it does nothing.
func (s *Sessions) Set(c echo.Context, key, value string) error {
	gs, err := s.session(c)
	if err != nil {
		return err
	}
	if _, ok := held(gs); !ok {
		return nil
	}
	if old, _ := gs.Values[key].(string); old == value {
		return nil
	}
	if value == "" {
		delete(gs.Values, key)
	} else {
		gs.Values[key] = value
	}
	return gs.Save(c.Request(), c.Response())
}

// Value gives a value of the session, or "".
func (s *Sessions) Value(c echo.Context, key string) string {
	gs, err := s.session(c)
	if err != nil {
		return ""
	}
	value, _ := gs.Values[key].(string)
	return value
}

// Flash keeps the result of an action for the next page.
func (s *Sessions) Flash(c echo.Context, tone, text string) error {
	return s.Set(c, flashKey, tone+"\n"+text)
}

// TakeFlash gives the result of the last action, once.
func (s *Sessions) TakeFlash(c echo.Context) (tone, text string) {
	value := s.Value(c, flashKey)
	if value == "" {
		return "", ""
	}
	// Shown twice is better than a page that does not render.
	_ = s.Set(c, flashKey, "")
	tone, text, _ = strings.Cut(value, "\n")
	return tone, text
}
