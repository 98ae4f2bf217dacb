package wire

import (
	"context"
	"errors"
	"time"

	"wenyuan"
)

// Pauses knows how long a model pauses in the middle of its answers.
type Pauses interface {
	// Pause is how long a silence between two pieces of an answer may last that has lasted for so long;
	// 0: as long as [Config.Idle] says. It is asked with 0 once the answer has begun, and again when that time has
	// passed, from a goroutine of its own; not at each piece.
	Pause(silent time.Duration) time.Duration
	// Paused takes the longest silence between two pieces of an answer, at its end; of one that Pause ended, it is
	// the one that it was ended for.
	Paused(longest time.Duration)
}

type pausesKey struct{}

// WithPauses has the silences in the middle of streamed answers bounded by what p says, beside [Config.Idle].
func WithPauses(ctx context.Context, p Pauses) context.Context {
	return context.WithValue(ctx, pausesKey{}, p)
}

// errPaused ends a call in the middle of its answer.
var errPaused = errors.New("silent in the middle of the answer")

// Paused says whether an answer was ended because nothing came in the middle of it for longer than its model pauses.
func Paused(err error) bool { return errors.Is(err, errPaused) }

// paused is the error of such an answer. It names the silence.
func (s *Server) paused(silent time.Duration) error {
	return &wenyuan.Error{Code: wenyuan.Unavailable, Message: "the answer of the model " + s.Name + " stopped in the middle: nothing came for " + silent.Round(100*time.Millisecond).String(),
		Hint: "ask again; where the model itself pauses for so long, set gateway.pause higher", Err: errPaused}
}

// knownBy says who knows how long the model pauses; nil: nobody does.
func (k *Call) knownBy(p Pauses) {
	k.mu.Lock()
	k.knows = p
	k.mu.Unlock()
}

// longer says whether a silence that is longer than was to be expected may go on, and until when. The caller holds mu.
func (k *Call) longer(now time.Duration) (until time.Duration, ok bool) {
	silent := now - k.from
	if k.knows == nil || now >= k.most {
		return 0, false
	}
	may := k.knows.Pause(silent)
	switch {
	case may == 0:
		return k.most, true
	case may > silent:
		return min(k.from+may, k.most), true
	}
	k.silence = silent
	return 0, false
}
