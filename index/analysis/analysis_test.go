package analysis

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// record writes down what a scanner gives: words as they are, other kinds with a mark.
type record struct{ terms, spelled []string }

func (r *record) Term(kind Kind, term []byte) {
	r.terms = append(r.terms, map[Kind]string{Word: "", Whole: "=", Part: "~"}[kind]+string(term))
}

func (r *record) Spelling(piece []byte) { r.spelled = append(r.spelled, string(piece)) }

func scan(text string) *record {
	var r record
	new(Scanner).Scan(text, &r)
	return &r
}

func TestScan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                             "",
		"Consumers are consuming.":     "consum ar consum",
		"消息队列":                         "消息 息队 队列",
		"库":                            "库",
		"訊息佇列":                         "讯息 息伫 伫列",
		"資料庫備份":                        "资料 料库 库备 备份",
		"RocketMQ的消费者":                 "~rocket ~mq rocketmq 的消 消费 费者",
		"ＲｏｃｋｅｔＭＱ　５．０":                 "~rocket ~mq rocketmq 5 0 =5.0",
		"defaultMQProducer":            "~default ~mq ~produc defaultmqproduc",
		"MQClientAPIImpl":              "~mq ~client ~api ~impl mqclientapiimpl",
		"ERR-1042":                     "err 1042 =err-1042",
		"v5.3.1":                       "v5 3 1 =v5.3.1",
		"max_retry_times":              "max retri time =max_retry_times",
		"org.apache.rocketmq.Client":   "org apach rocketmq client =org.apache.rocketmq.client",
		"a well-known fact. Next one.": "a well known fact next on",
		"3.14 and -5":                  "3 14 =3.14 and 5",
		"topics' IDs and URLs":         "topic id and url",
		"x_ _y --flag key=value":       "x y flag kei valu",
		"Straße ÉCOLE école":           "straße école école",
		"カタカナ":                         "カタ タカ カナ",
		"ｶﾀｶﾅ":                         "カタ タカ カナ",
		"ｻｰﾊﾞｰ":                        "サー ーバ バー",
		"ﾊﾟｽﾜｰﾄﾞ":                      "パス スワ ワー ード",
		"ﾃﾞｰﾀ of ＤＢ２":                  "デー ータ of db2",
		"ﾞ":                            "\u3099",
		"a\xffb":                       "a b",
		"中a文":                          "中 a 文",
	} {
		if got := strings.Join(scan(text).terms, " "); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestQuestionsMeetTexts(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"訊息備份", "讯息备份"}, {"ＡＢＣ１２３", "abc123"}, {"Flushing Disks", "flush disk"}, {"DEFAULTMQPRODUCER", "defaultmqproducer"}, {"數據庫", "数据库"},
		{"ﾌﾞﾛｰｶｰ", "ブローカー"}, {"か\u3099く", "がく"}, {"\uf900\ufa0a", "岂见"}, {"ﾤﾧ", "ㄴㄷ"}, {"ｖ５．３，１", "v5.3,1"},
	} {
		if diff := cmp.Diff(Terms(pair[0]), Terms(pair[1])); diff != "" {
			t.Errorf("%q and %q: %s", pair[0], pair[1], diff)
		}
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	for piece, want := range map[string][]string{
		"disk": {" dis", "disk", "isk "},
		"mq":   {" mq "},
		"a":    {" a "},
		"":     {"  "},
	} {
		if got := AppendLetters(nil, []byte(piece)); !cmp.Equal(got, want) {
			t.Errorf("%q gives %q, want %q", piece, got, want)
		}
	}
	if got := scan("defaultMQProducer2x").spelled; !cmp.Equal(got, []string{"default", "mq", "producer", "2", "x"}) {
		t.Errorf("spelled %q", got)
	}
}

// The stems are those of Porter's own list of examples.
func TestStem(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"caresses": "caress", "ponies": "poni", "ties": "ti", "caress": "caress", "cats": "cat", "feed": "feed", "agreed": "agre",
		"plastered": "plaster", "bled": "bled", "motoring": "motor", "sing": "sing", "conflated": "conflat", "troubled": "troubl",
		"sized": "size", "hopping": "hop", "tanned": "tan", "falling": "fall", "hissing": "hiss", "fizzed": "fizz", "failing": "fail",
		"filing": "file", "happy": "happi", "sky": "sky", "relational": "relat", "conditional": "condit", "rational": "ration",
		"digitizer": "digit", "operator": "oper", "feudalism": "feudal", "decisiveness": "decis", "hopefulness": "hope",
		"formaliti": "formal", "triplicate": "triplic", "formative": "form", "formalize": "formal", "electrical": "electr",
		"revival": "reviv", "allowance": "allow", "inference": "infer", "adjustable": "adjust", "replacement": "replac",
		"adjustment": "adjust", "adoption": "adopt", "communism": "commun", "effective": "effect", "probate": "probat",
		"rate": "rate", "cease": "ceas", "controll": "control", "roll": "roll", "is": "is", "école": "école", "x86": "x86",
	} {
		if got := string(Stem([]byte(word))); got != want {
			t.Errorf("%s gives %s, want %s", word, got, want)
		}
	}
}

func TestStopWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{"the": true, "what": true, "ar": true, "什么": true, "的消": true, "消息": false, "broker": false, "了在": true, "是否": true} {
		if IsStop(word) != want {
			t.Errorf("IsStop(%q) = %v", word, !want)
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"", "a_b-c.d", "消息a队", "\xff\xfe", strings.Repeat("长", 5000), strings.Repeat("Ab1_", 300), "́́"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, b := scan(s), scan(s)
		if diff := cmp.Diff(a.terms, b.terms); diff != "" {
			t.Error(diff)
		}
		for _, term := range a.terms {
			if term == "" || !utf8.ValidString(term) || len(term) > 20*longest {
				t.Errorf("term %q of %q", term, s)
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	text := strings.Repeat("The broker stores messages in the commitLog and flushes them to disk. 消息队列把生产者和消费者分开，消息按顺序保存在磁盘上。", 20)
	var s Scanner
	var sink counter
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Scan(text, &sink)
	}
}

type counter int

func (c *counter) Term(Kind, []byte) { *c++ }
func (c *counter) Spelling([]byte)   { *c++ }

func TestScannerGivesOnlyWhatIsWanted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("abyiesngBX_-.1 中文ä，")), 0, 80, -1).Draw(t, "text")
		var wanted [256]bool
		for _, b := range rapid.SliceOf(rapid.Byte()).Draw(t, "first") {
			wanted[b] = true
		}
		var all, some kinds
		new(Scanner).Scan(text, &all)
		s := Scanner{First: &wanted}
		s.Scan(text, &some)
		all = slices.DeleteFunc(all, func(k string) bool { return k[0] != byte('0'+Whole) && !wanted[k[1]] })
		some = slices.DeleteFunc(some, func(k string) bool { return k[0] != byte('0'+Whole) && !wanted[k[1]] })
		if !slices.Equal(all, some) {
			t.Fatalf("%q: %q, want %q", text, some, all)
		}
	})
}

// kinds are terms with their kind before them.
type kinds []string

func (k *kinds) Term(kind Kind, term []byte) { *k = append(*k, string(rune('0'+kind))+string(term)) }
func (k *kinds) Spelling([]byte)             {}
