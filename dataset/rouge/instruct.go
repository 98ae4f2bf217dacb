package rouge

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Why an instruction with its answer is left out of what a model made up.
const (
	Short    = "short"        // fewer words than an instruction has
	Long     = "long"         // more
	Begins   = "begins wrong" // with a sign, as what a model went on with does
	Language = "language"     // another than the one that is wanted
	Absent   = "absent"       // names what the model cannot have: a picture, a file, a page
	Empty    = "no answer"
	Refuses  = "refuses" // speaks of itself instead of answering
	Echo     = "echo"    // the answer says the instruction again
	Repeats  = "repeats" // the answer says one thing over and over
	Banned   = "banned"  // has a word that is not wanted
	Program  = "program" // asks for a program to be written, which nobody here runs
	Alike    = "alike"   // too near to a seed or to what is in the pool
)

// A Filter is that of self-instruct (Wang et al., "Self-Instruct: Aligning Language Models
// with Self-Generated Instructions", 2022), for English and Chinese. The zero value of a number
// means the one named.
type Filter struct {
	Pool     *Pool    // seeds, and what was taken; nil compares with nothing
	Under    float64  // overlap with the pool must stay under it; 0.7
	Shortest int      // words of an instruction, or Chinese characters by twos; 3
	Longest  int      // as Shortest; 150
	Language string   // "en" or "zh"; empty takes both
	Without  []string // words that neither instruction nor answer may have, whatever their case
}

// Check says why an instruction is left out; ok where it is not. Answer is empty where only
// the instruction was made so far, which then stands for both. Near is the text of the pool
// that it is too near to.
func (f Filter) Check(instruction, answer string, answered bool) (why string, near Near, ok bool) {
	if why = f.instruction(instruction); why == "" && answered {
		if why = answerWhy(instruction, answer); why == "" && f.foreign(instruction, answer) {
			why = Language
		}
	}
	if why == "" && (f.banned(instruction) || f.banned(answer)) {
		why = Banned
	}
	if why != "" {
		return why, Near{}, false
	}
	if f.Pool != nil {
		if near, alike := f.Pool.Alike(instruction, or(f.Under, 0.7)); alike {
			return Alike, near, false
		}
	}
	return "", Near{}, true
}

func or(x, usual float64) float64 {
	if x == 0 {
		return usual
	}
	return x
}

func (f Filter) instruction(text string) string {
	text = strings.TrimSpace(text)
	first, _ := utf8.DecodeRuneInString(text)
	han, latin := letters(text)
	words := latinWords(text) + (han+1)/2
	chinese := isChinese(han, latin)
	lower := strings.ToLower(text)
	switch {
	case words < int(or(float64(f.Shortest), 3)):
		return Short
	case words > int(or(float64(f.Longest), 150)):
		return Long
	case !unicode.IsLetter(first) && !unicode.IsDigit(first) && !strings.ContainsRune(`"'“‘《「¿`, first):
		return Begins
	case f.Language == "en" && chinese, f.Language == "zh" && !chinese, han+latin == 0:
		return Language
	case !chinese && hasWord(lower, absentEnglish), chinese && hasAny(text, absentChinese):
		return Absent
	case strings.HasPrefix(lower, "write a program"), chinese && hasAny(text, programChinese):
		return Program
	}
	return ""
}

// isChinese says of a text whether it is written in Chinese, with names in Latin letters or without.
func isChinese(han, latin int) bool { return han > 0 && han*5 > han+latin }

// foreign says whether an answer is in another language than the one that is wanted, where nobody asked for
// a translation. Short ones, such as a name or a formula, are of no language.
func (f Filter) foreign(instruction, answer string) bool {
	han, latin := letters(answer)
	if f.Language == "" || han+latin < 20 || strings.Contains(strings.ToLower(instruction), "translat") || hasAny(strings.ToLower(instruction), []string{"译", "英文", "英语", "中文", "chinese", "mandarin"}) {
		return false
	}
	if f.Language == "zh" {
		return han == 0
	}
	return isChinese(han, latin)
}

// banned says whether a text has a word that is not wanted: as a word of its own in Latin letters, anywhere in Chinese.
func (f Filter) banned(text string) bool {
	lower := strings.ToLower(text)
	for _, w := range f.Without {
		w = strings.ToLower(strings.TrimSpace(w))
		han, _ := letters(w)
		if w != "" && (han > 0 && strings.Contains(lower, w) || han == 0 && hasWord(lower, []string{w})) {
			return true
		}
	}
	return false
}

// What a model that reads text alone cannot have been given.
var (
	absentEnglish = []string{"image", "images", "photo", "photograph", "picture", "pictures", "screenshot", "attached", "attachment", "video", "audio", "the graph", "the chart", "the map",
		"the figure", "the file", "the document", "the link", "above text", "draw a", "draw an", "plot a", "go to"}
	absentChinese = []string{"图片", "图像", "照片", "截图", "附件", "视频", "音频", "如图", "上图", "下图", "图中", "这张图", "链接", "画一", "绘制", "画出", "见下表", "上传的"}
)

// programChinese ask for a program; in English it is the beginning that the paper leaves out.
var programChinese = []string{"编写程序", "编写一个程序", "写一个程序", "写一段程序", "编一个程序"}

// Speaking of itself, at the beginning of an answer.
var refusals = []string{"as an ai", "as a language model", "as a large language model", "i'm sorry", "i am sorry", "i cannot", "i can't", "sorry, i", "sorry, but", "i'm unable", "i am unable",
	"i don't have access", "作为一个人工智能", "作为人工智能", "作为一个ai", "作为一名ai", "作为语言模型", "作为一个语言模型", "作为ai", "对不起，我", "抱歉，我", "很抱歉", "我无法", "我不能", "我是一个ai", "我没有能力"}

func answerWhy(instruction, answer string) string {
	answer = strings.TrimSpace(answer)
	lower := strings.ToLower(strings.ReplaceAll(answer, "’", "'"))
	if x := tokens(nil, answer); len(x) == 0 {
		return Empty
	} else if repeats(x) {
		return Repeats
	}
	for _, r := range refusals {
		if strings.HasPrefix(lower, r) {
			return Refuses
		}
	}
	if F(instruction, answer) >= 0.9 {
		return Echo
	}
	return ""
}

// repeats says whether a text says one thing over and over: of its runs of four tokens less
// than half are different ones.
func repeats(x []uint64) bool {
	const run = 4
	if len(x) < 6*run {
		return false
	}
	seen := map[[run]uint64]bool{}
	for i := 0; i+run <= len(x); i++ {
		seen[[run]uint64(x[i:i+run])] = true
	}
	return 2*len(seen) < len(x)-run+1
}

func letters(text string) (han, latin int) {
	for _, r := range text {
		switch {
		case r >= 0x3400 && r <= 0x9fff:
			han++
		case unicode.IsLetter(r):
			latin++
		}
	}
	return han, latin
}

// latinWords are the words that stand between spaces and hold no Chinese character.
func latinWords(text string) int {
	n := 0
	for w := range strings.FieldsSeq(text) {
		if han, latin := letters(w); han == 0 && latin > 0 {
			n++
		}
	}
	return n
}

func hasAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// hasWord finds whole words.
func hasWord(text string, words []string) bool {
	for _, w := range words {
		for from := 0; ; {
			i := strings.Index(text[from:], w)
			if i < 0 {
				break
			}
			i += from
			if !letterAt(text, i-1) && !letterAt(text, i+len(w)) {
				return true
			}
			from = i + len(w)
		}
	}
	return false
}

func letterAt(text string, i int) bool {
	return i >= 0 && i < len(text) && (text[i] >= 'a' && text[i] <= 'z' || text[i] >= '0' && text[i] <= '9')
}
