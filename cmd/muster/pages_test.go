package main

import (
	"testing"

	"muster/views/ui/uitest"
)

func pages(t *testing.T, b *uitest.Browser)         {}
func keyboard(t *testing.T, b *uitest.Browser)      {}
func storedScripts(t *testing.T, b *uitest.Browser) {}
func flows(t *testing.T, b *uitest.Browser)         {}
