package signin

import "testing"

// FuzzStored: what stands in the database, or in a cookie, breaks nothing and costs no more than it may.
func FuzzStored(f *testing.F) {
	for _, s := range []string{"", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=-1,t=2,p=1$$", "a.b", "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, salt, key, err := parsePHC(s); err == nil && (c.memory > maxMemory || c.time > maxTime || len(salt) == 0 || len(key) < 16) {
			t.Errorf("%q asks for %+v", s, c)
		}
		if family, secret, ok := parts(s); ok && family+"."+secret != s {
			t.Errorf("%q is taken for another", s)
		}
		_ = placeOf(s)
		_ = checkPassword(s, s)
	})
}
