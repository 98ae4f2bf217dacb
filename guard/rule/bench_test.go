package rule

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"wenyuan/guard/reading"
)

const benchWords = `the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so said what up its about than into them can only other time new some could these two may first then do any like my now over such our man me even most made after also did many off before must well back through years where much your way down should because long each just state those people too mr how little good world make very year still see work life without might own day`
const benchHan = `的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运`

func texts(n int) (english, chinese string) {
	r := rand.New(rand.NewPCG(1, 2))
	words, han := strings.Fields(benchWords), []rune(benchHan)
	var e, c strings.Builder
	for e.Len() < n {
		e.WriteString(words[r.IntN(len(words))])
		e.WriteByte(' ')
	}
	for i := 0; c.Len() < n; i++ {
		c.WriteRune(han[r.IntN(len(han))])
		if i%12 == 11 {
			c.WriteString("，")
		}
	}
	return e.String(), c.String()
}

// generated are made-up words of the same letters as ordinary ones, half of them Chinese.
func generated(n int) string {
	r := rand.New(rand.NewPCG(3, 4))
	words, han := strings.Fields(benchWords), []rune(benchHan)
	var b strings.Builder
	b.WriteString("[generated]\n")
	for i := range n {
		if i%2 == 0 {
			for range 2 + r.IntN(3) {
				b.WriteRune(han[r.IntN(len(han))])
			}
			fmt.Fprintf(&b, "%c\n", 0x4e00+r.IntN(8000))
			continue
		}
		fmt.Fprintf(&b, "%s%s%c%c\n", words[r.IntN(len(words))], words[r.IntN(len(words))], 'a'+r.IntN(26), 'a'+r.IntN(26))
	}
	return b.String()
}

func BenchmarkFind(b *testing.B) {
	english, chinese := texts(1 << 18)
	if dir := os.Getenv("WENYUAN_SHARED_DATA"); dir != "" {
		if e, err := os.ReadFile(filepath.Join(dir, "retrieval", "xquad_en", "corpus.jsonl")); err == nil {
			english = string(e)[:min(len(e), 1<<17)]
		}
		if c, err := os.ReadFile(filepath.Join(dir, "retrieval", "cmrc_dev", "corpus.jsonl")); err == nil {
			chinese = string(c)[:min(len(c), 1<<18)]
		}
	}
	for _, rules := range []string{"1000", "100000", "builtin"} {
		m := compiled(b, BuiltIn()...)
		if rules != "builtin" {
			n := 0
			fmt.Sscan(rules, &n)
			m = matcherOf(b, generated(n))
		}
		for _, x := range []struct{ name, text string }{{"english", english}, {"chinese", chinese}} {
			t := reading.Fold(x.text)
			b.Run(rules+"/"+x.name, func(b *testing.B) {
				b.SetBytes(int64(len(t.Folded)))
				b.ReportAllocs()
				for b.Loop() {
					m.Find(t)
				}
			})
		}
	}
	for _, x := range []struct{ name, text string }{{"english", english}, {"chinese", chinese}} {
		b.Run("fold/"+x.name, func(b *testing.B) {
			b.SetBytes(int64(len(x.text)))
			for b.Loop() {
				reading.Fold(x.text)
			}
		})
	}
}

// A list of 100,000 words compiles in seconds, stays small, and finds each of its words.
func TestManyWords(t *testing.T) {
	t.Parallel()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	text := generated(100_000)
	set := parsed(t, "many", text)
	m := compiled(t, set)
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	size := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d rules in %v, %d MiB, %d nodes", set.Rules(), took, size>>20, len(m.first.trie.out))
	if took > 20*time.Second || size > 128<<20 {
		t.Errorf("%d words took %v and %d bytes", set.Rules(), took, size)
	}
	for i, word := range strings.Split(strings.TrimSpace(text), "\n") {
		if i%101 != 1 {
			continue
		}
		matches := m.Matches(reading.Fold("见 " + word + " 。"))
		if !slices.ContainsFunc(matches, func(x Match) bool { return x.Line == i+1 }) {
			t.Fatalf("%q is not found", word)
		}
	}
	runtime.KeepAlive(m)
}
