package train

import (
	"encoding/json"
	"fmt"
	"strings"

	"wenyuan/guard/content"
	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

// unsafeQuestion is the class of the first model of guard/content.
const unsafeQuestion = "unsafe"

// contentModel is the first model of guard/content: is a text unsafe at all.
//
// Unsafe: JADE's questions in Chinese and English, and own rows of the same categories.
// Harmless: requests to tools, sums, questions about a product, sentences of an encyclopedia,
// harmless sentences with words of attacks (NotInject), and own rows: everyday ones, ones
// on the same subjects as the unsafe, and ones put in the same manner.
func contentModel() Recipe {
	return Recipe{
		Name: "content", File: "guard/content/model.bin",
		Train:   linear.TrainOptions{Classes: []string{unsafeQuestion}, Options: linear.Options{Bits: 18, Words: 3, Han: 3}, Rounds: 25, Rate: 0.2, Seed: 3},
		Sources: contentSources(),
		Own:     contentOwn,
		Example: contentExample,
		Score: func(m *linear.Model, r Row) []float64 {
			return []float64{content.Score(m, reading.Of(r.Text))}
		},
		FalseAlarms: 0.008,
		// Of the own rows only the everyday ones: the others are as near to the unsafe as
		// anything harmless is, and are asked less often than they stand here.
		Ordinary: func(r Row) bool { return !strings.HasPrefix(r.Source, "content_") || r.Kind == "everyday" },
	}
}

// kindsModel is the second one: which category a text has that is unsafe. It is made of the
// unsafe rows alone, and weighs fewer features, since it has one weight for each category.
func kindsModel() Recipe {
	var classes []string
	for _, k := range content.Kinds() {
		classes = append(classes, k.Name)
	}
	return Recipe{
		Name: "content-kinds", File: "guard/content/kinds.bin",
		Train:       linear.TrainOptions{Classes: classes, Options: linear.Options{Bits: 15, Words: 2, Han: 2}, Least: 3, Rounds: 25, Rate: 0.2, L2: 1e-4, Seed: 3},
		Sources:     contentSources()[:1],
		Own:         contentOwn[:2],
		Example:     contentExample,
		FalseAlarms: 0.005,
	}
}

func contentExample(r Row) linear.Example {
	text := reading.Fold(r.Text).Folded
	return linear.Example{Text: text, Marks: content.Marks(text)}
}

var contentOwn = []string{"content_unsafe_zh.jsonl", "content_unsafe_en.jsonl", "content_plain_zh.jsonl", "content_plain_en.jsonl"}

// contentSources are JADE, and of those of the first model what is neither an attack nor JADE.
func contentSources() []Source {
	out := []Source{{Name: "JADE", Path: "security/unsafe_questions.jsonl", SHA256: "ade4c0257af5d1476ee3eef95f68bf7b5fb0ea204d48c3a3fa59f3a7a760263b", Licence: mit, Row: jade}}
	for _, s := range directSources() {
		switch {
		case s.Name == "NotInject", strings.HasPrefix(s.Name, "BFCL"), strings.HasPrefix(s.Name, "glaive"),
			s.Name == "GSM8K", strings.HasPrefix(s.Name, "RocketMQ"), s.Name == "PAWS-X":
			out = append(out, s)
		}
	}
	return append(out,
		Source{Name: "glaive answers en", Path: "instruct/toolcall_en.jsonl", SHA256: "1bcbcf21f26d7c50ce9c4506a299ad501fd4e4332e565f37b12358e7aadb8ac3", Licence: apache, Row: reply("en")},
		Source{Name: "glaive answers zh", Path: "instruct/toolcall_zh.jsonl", SHA256: "dc4d8f8e67c99fce25534ce097ba64cfedc2bf08202837601b7e7ea45de1f05d", Licence: apache, Row: reply("zh")})
}

// reply takes the longest thing that the model says in a conversation.
func reply(lang string) func([]byte) (Row, bool, error) {
	return func(line []byte) (Row, bool, error) {
		var q struct {
			Conversations []struct{ From, Value string }
		}
		if err := json.Unmarshal(line, &q); err != nil {
			return Row{}, false, err
		}
		text := ""
		for _, c := range q.Conversations {
			if c.From == "gpt" && len(c.Value) > len(text) {
				text = c.Value
			}
		}
		return Row{Text: text, Lang: lang, Weight: 0.5}, text != "", nil
	}
}

// jadeKinds are JADE's names for categories in the words of guard/content.
var jadeKinds = map[string]string{
	"网络欺诈与犯罪": "fraud", "诈骗": "fraud",
	"侵害他人个人信息权益": "privacy", "侵害他人隐私权": "privacy", "非法获取私人信息": "privacy",
	"侵害他人名誉权": "defamation", "侵害他人肖像权": "rights_other", "侵害他人其他合法权益": "rights_other", "侵犯他人其他合法权益": "rights_other", "侵害其他合法权益": "rights_other",
	"侵害他人身心健康": "harassment", "危害他人身心健康": "harassment",
	"虐待与贩卖人口": "human_trafficking", "偷窃": "theft_robbery", "抢劫": "theft_robbery", "贩卖赃物": "theft_robbery",
	"故意伤害他人": "violence", "宣扬暴力": "violence", "宣扬恐怖主义、极端主义": "terror", "宣扬淫秽色情": "pornography", "宣扬暴力、淫秽色情": "pornography",
	"非法持有武器": "weapons", "贩卖毒品": "drugs", "赌博与开设赌场": "gambling", "赌博或开设赌场": "gambling",
	"贪污腐败": "corruption", "非法走私": "smuggling", "非法侵入": "cybercrime", "非法伪造": "forgery", "传播虚假有害信息": "disinformation", "危害国家利益、损害国家形象": "disinformation",
	"泄露他人商业秘密": "trade_secrets", "违反商业道德": "unfair_business", "酒后驾车": "other_crime", "其他犯罪类型": "other_crime",
	"宣扬民族歧视": "discrimination_ethnic", "民族歧视内容": "discrimination_ethnic", "种族歧视内容": "discrimination_ethnic", "肤色歧视内容": "discrimination_ethnic",
	"国别歧视内容": "discrimination_nation", "地域歧视内容": "discrimination_region", "性别歧视内容": "discrimination_gender", "年龄歧视内容": "discrimination_age",
	"职业歧视内容": "discrimination_occupation", "健康歧视内容": "discrimination_health", "信仰歧视内容": "discrimination_religion",
	"服装歧视内容": "discrimination_other", "其他方面歧视内容": "discrimination_other",
}

// jadeRest are the categories of what JADE calls "other", by the group that it stands in.
var jadeRest = map[string]string{"违法犯罪": "other_crime", "侵害权益": "rights_other", "侵犯权益": "rights_other", "歧视偏见": "discrimination_other"}

// familyRunes are how many characters two variants of one question begin with alike.
const familyRunes = 6

// jade reads a row. Its variants of one sentence are kept together: they begin alike.
func jade(line []byte) (Row, bool, error) {
	var q struct{ Text, Lang, Category, Subcategory, Source string }
	if err := json.Unmarshal(line, &q); err != nil {
		return Row{}, false, err
	}
	row := Row{Text: q.Text, Lang: q.Lang, Source: q.Source, Kind: q.Subcategory, Class: []string{unsafeQuestion}}
	for part := range strings.SplitSeq(q.Subcategory, "|") {
		kind := jadeKinds[part]
		if part == "其他" {
			kind = jadeRest[strings.TrimSpace(q.Category)]
		}
		if kind == "" {
			return Row{}, false, fmt.Errorf("the category %q is not known", part)
		}
		row.Class = append(row.Class, kind)
	}
	begins := []rune(q.Text)
	row.Family = q.Lang + string(begins[:min(familyRunes, len(begins))])
	return row, true, nil
}
