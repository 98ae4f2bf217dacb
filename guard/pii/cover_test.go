package pii_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"wenyuan/guard/pii"
)

// pieces are what random texts are made of.
var pieces = []string{"张伟", "姓名：李娜，", "13812345678", "１３８１２３４５６７８ ", "zhang@mail.example.cn", "[PERSON_1]", "[PHONE_NUMBER_1]", "[TEXT_1]", "[", "]", `[PERSON\_1]`, "_1]", "[PERSON_", " ", "\n", "\xff", "https://a.test.cn/", "My name is Emily Carter. ", "11010519491231002X", "，", "\u200b", "password: Qwer@1234", "普通的句子。", "[A_1][A_2]"}

func text(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(14) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// oneForm says whether every value of the vault is restored as it was written here: the same
// value in another form is restored as it was first written.
func restored(t *testing.T, v *pii.Vault, raw, covered string) {
	t.Helper()
	back := v.Restore(covered, nil)
	if back == raw {
		return
	}
	plain := strings.NewReplacer("１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "\u200b", "")
	if plain.Replace(back) != plain.Replace(raw) {
		t.Errorf("restored %q\nwritten  %q\ncovered  %q", back, raw, covered)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		v := pii.NewVault(nil, pii.Entry{Token: "[PERSON_1]", Kind: "PERSON", Value: "王芳"})
		for range 2 { // a conversation of two texts
			raw := text(r)
			restored(t, v, raw, pii.Cover(raw, pii.Find(raw), pii.Token, v))
		}
	}
}

func TestRestorerGivesWhatRestoreGives(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		v := pii.NewVault(nil)
		raw := text(r)
		covered := pii.Cover(raw, pii.Find(raw), pii.Token, v)
		stream := v.Restorer(nil)
		var b strings.Builder
		for at := 0; at < len(covered); {
			n := min(1+r.IntN(6), len(covered)-at)
			b.WriteString(stream.Write(covered[at : at+n]))
			at += n
		}
		b.WriteString(stream.Close())
		if want := v.Restore(covered, nil); b.String() != want {
			t.Fatalf("by pieces %q, at once %q", b.String(), want)
		}
	}
}

func TestVault(t *testing.T) {
	t.Parallel()
	v := pii.NewVault([]byte("key"))
	v.From("li", "")
	first := "联系人：张建国，电话13812345678。"
	second := "张建国的手机号是１３８ １２３４ ５６７８吗？"
	one := pii.Cover(first, pii.Find(first), pii.Token, v)
	two := pii.Cover(second, pii.Find(second), pii.Token, v)
	if want := "联系人：[PERSON_1]，电话[PHONE_NUMBER_1]。"; one != want {
		t.Errorf("got %q, want %q", one, want)
	}
	if want := "[PERSON_1]的手机号是[PHONE_NUMBER_1]吗？"; two != want {
		t.Errorf("got %q, want %q", two, want)
	}
	kept := v.Fresh()
	if len(kept) != 2 || kept[0].Principal != "li" || len(v.Fresh()) != 0 {
		t.Errorf("fresh entries: %+v", kept)
	}
	again := pii.NewVault([]byte("key"), kept...)
	third := "李雪梅，女，请转告张建国。"
	if got, want := pii.Cover(third, pii.Find(third), pii.Token, again), "[PERSON_2]，女，请转告[PERSON_1]。"; got != want {
		t.Errorf("a vault of kept entries: got %q, want %q", got, want)
	}
	hidden := again.Restore("[PERSON_1]和[PERSON_2]", func(e pii.Entry) bool { return e.Value == "张建国" })
	if hidden != "张建国和[PERSON_2]" {
		t.Errorf("restored for who may see one: %q", hidden)
	}
	if got := again.Restore(`答案：[PERSON\_1]，[PERSON_9]`, nil); got != "答案：张建国，[PERSON_9]" {
		t.Errorf("Markdown and unknown tokens: %q", got)
	}
}

func TestCover(t *testing.T) {
	t.Parallel()
	v := pii.NewVault([]byte("key"))
	tests := []struct{ text, want string }{
		{"电话13812345678", "电话138***78"},
		{"卡号6222021234567890128，", "卡号***0128，"},
		{"身份证11010519491231002X", "身份证110***X"},
		{"mail zhang@mail.example.cn now", "mail ***@mail.example.cn now"},
		{"姓名：王芳", "姓名：***"},
		{"key ghp_" + strings.Repeat("a1B2c3", 6), "key ***"},
		{"nothing here", "nothing here"},
	}
	for _, tt := range tests {
		if got := pii.Cover(tt.text, pii.Find(tt.text), pii.Mask, nil); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
	a, b := "电话 13812345678", "电话 138-1234-5678"
	if x, y := pii.Cover(a, pii.Find(a), pii.Hash, v), pii.Cover(b, pii.Find(b), pii.Hash, v); x != y || !strings.HasPrefix(x, "电话 [PHONE_NUMBER:") {
		t.Errorf("hashes of one number: %q, %q", x, y)
	}
	overlapping := []pii.Span{{Kind: "PERSON", Start: 2, End: 5}, {Kind: "ADDRESS", Start: 0, End: 3}, {Kind: "AGE", Start: 9, End: 99}, {Kind: "AGE", Start: -4, End: 0}}
	if got := pii.Cover("abcdefgh", overlapping, pii.Mask, nil); got != "******fgh" {
		t.Errorf("overlapping spans: %q", got)
	}
	if got := pii.Covered("a@b.example.cn 13812345678", "PHONE_NUMBER"); got != "a@b.example.cn 138***78" {
		t.Errorf("only telephones: %q", got)
	}
}

// TestEvidence looks that no more than a quarter of a value is shown.
func TestEvidence(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"姓名：王芳，电话13812345678", "password: Qwer@1234", "key AIza" + strings.Repeat("a1B2c3d", 5), "SSN 125-17-4954 of Emily Carter", "https://user:s3cretpw@db.corp.cn/x"} {
		for _, s := range pii.Find(raw) {
			value := string([]rune(raw)[s.Start:s.End])
			got := pii.Evidence(raw, s)
			if strings.Contains(got, value) || len([]rune(value)) > 4 && strings.Contains(got, string([]rune(value)[2:5])) {
				t.Errorf("%s: evidence %q shows %q", s.Kind, got, value)
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, p := range pieces {
		f.Add(p + pieces[0] + p)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		spans := pii.Find(raw)
		at, n := 0, len([]rune(raw))
		for _, s := range spans {
			if s.Start < at || s.End <= s.Start || s.End > n || s.Score <= 0 || s.Score > 1 {
				t.Fatalf("span %+v after %d in %q", s, at, raw)
			}
			if !slices.ContainsFunc(pii.Kinds(), func(k pii.Kind) bool { return k.Name == s.Kind }) {
				t.Fatalf("kind %q is none of Kinds", s.Kind)
			}
			at = s.End
			_ = pii.Evidence(raw, s)
		}
		for _, how := range pii.Hows() {
			pii.Cover(raw, spans, how, pii.NewVault([]byte("k")))
		}
		// Of values that stand once there is one form only.
		if len(spans) == 1 {
			v := pii.NewVault(nil)
			if back := v.Restore(pii.Cover(raw, spans, pii.Token, v), nil); back != raw {
				t.Fatalf("restored %q, written %q", back, raw)
			}
		}
	})
}
