package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestExpiry reads when a key ends.
func TestExpiry(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"30d": "2026-12-21T10:00:00Z", "1d": "2026-11-22T10:00:00Z", "12h": "2026-11-21T22:00:00Z", "90m": "2026-11-21T11:30:00Z", "2027-06-30": "2027-07-01T00:00:00Z",
	} {
		got, err := expiry(text, now)
		if err != nil || time.UnixMicro(got).UTC().Format(time.RFC3339) != want {
			t.Errorf("%s is %s, want %s: %v", text, time.UnixMicro(got).UTC(), want, err)
		}
	}
	if got, err := expiry("", now); got != 0 || err != nil {
		t.Errorf("without a time: %d, %v", got, err)
	}
	for _, text := range []string{"soon", "d", "-3d", "0d", "-1h", "99999999d", "2027-13-01", "30"} {
		if got, err := expiry(text, now); err == nil {
			t.Errorf("%s is %d", text, got)
		}
	}
}

// TestWelcomeOfOnePerson: whoever starts a house without people is told that it is one.
func TestWelcomeOfOnePerson(t *testing.T) {
	t.Parallel()
	for l, want := range map[lang]string{en: "You are the only person here", zh: "这里只有你一个人"} {
		for _, guarded := range []bool{true, false} {
			var out bytes.Buffer
			s := &session{stdout: &out, lang: l}
			if err := s.welcome(holder{Address: "http://127.0.0.1:7700"}, "data", guarded); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), want) == guarded {
				t.Errorf("guarded %v: %s", guarded, out.String())
			}
		}
	}
}
