package rule

// A Stream finds rules in a text that comes in chunks.
type Stream struct{ m *Matcher }

// Stream begins a text.
func (m *Matcher) Stream() *Stream { return &Stream{m: m} }

// Write takes the next chunk and returns the matches that are certain now.
func (s *Stream) Write(chunk string) []Match { return nil }

// Close returns the matches that waited for what comes behind them.
func (s *Stream) Close() []Match { return nil }
