package wire

import (
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "17": 17 * time.Second, "-5": 0, "soon": 0, "0": 0, "86400": time.Hour,
		"Sat, 21 Nov 2026 08:01:30 GMT": 90 * time.Second, "Sat, 21 Nov 2026 07:00:00 GMT": 0, "Sun, 22 Nov 2026 08:00:00 GMT": time.Hour,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}
