package reading

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestSurvey: where a text has nothing of what a finder asks for, the finder finds nothing.
func TestSurvey(t *testing.T) {
	t.Parallel()
	pieces := strings.Split("a|b|x|be|ad|fa|ce|xbe|xad|u+be|U+ABCD|dead|I|.|-|_|+|/| |  |\n|,|;|:|'|=|1|23|0x|\\x|\\|@|$|!|A|Foo|fooBar|aB|aaa|ooo|Hellooo|thewordsarejoinedtogether|ignore|all|previous|instructions|i g n o r e|i.g.n.o.r.e|.- -... |... --- ...|忽|略|令牌|é|aWdub3JlIGFsbA|ZZ|hello|particularly", "|")
	pieces = append(pieces, "|", strings.Repeat("abcdef", 8))
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		var b strings.Builder
		for range 1 + r.IntN(14) {
			b.WriteString(pieces[r.IntN(len(pieces))])
			if r.IntN(3) == 0 {
				b.WriteByte(' ')
			}
		}
		text := b.String()
		has := survey(text)
		for i, f := range finders {
			if f.in == hasAnything || has&f.in != 0 {
				continue
			}
			one := reader{t: Fold(text), left: maxDecoded, from: source{raw: text, end: len(text), top: true}, text: text, at: func(i int) int { return i }}
			signs := one.t.Signs
			if f.find(&one); len(one.t.Views) > 0 || len(one.codes) > 0 || one.left != maxDecoded || !reflect.DeepEqual(one.t.Signs, signs) {
				t.Fatalf("finder %d finds %+v in %q", i, one.t, text)
			}
		}
	}
}
