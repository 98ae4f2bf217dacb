package signin_test

import "testing"

// When people came last is known by their browsers and by their keys; of who was never here there
// is nothing.
func TestSeen(t *testing.T) {
	each(t, func(h house) {
		h.person("per_never", "Never", "")
		h.person("per_key", "Key", "")
		h.in(office)
		h.exec(`INSERT INTO access_key (id, person, hash, created, used) VALUES ('key_1', 'per_key', 'a', 1, 42), ('key_2', 'per_key', 'b', 1, 7), ('key_3', 'per_never', 'c', 1, 0)`)
		seen, err := h.a.Seen(t.Context(), li, "per_never", "per_key", "per_nobody")
		h.must(err)
		if len(seen) != 2 || seen[li] == 0 || seen["per_key"] != 42 {
			t.Errorf("seen %v", seen)
		}
		if none, err := h.a.Seen(t.Context()); err != nil || len(none) != 0 {
			t.Errorf("of nobody: %v, %v", none, err)
		}
	})
}
