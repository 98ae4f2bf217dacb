package question

import (
	"regexp"
	"strings"
	"unicode"

	"wenyuan/index/analysis"
)

// Kinds of small talk.
const (
	Greeting = "greeting" // hello
	Thanks   = "thanks"   // thank you; also that it was good
	Farewell = "farewell" // goodbye
	Identity = "identity" // who are you, what can you do
)

// talk has what each kind is said with: whole pieces of a text between two stops, lower
// case, without punctuation. The first kind that a text has is what it is.
var talk = []struct {
	kind  string
	whole *regexp.Regexp
}{
	{Identity, whole(`(?:and )?who (?:are|r) (?:you|u)`, `what are you`, `what(?:'s| is) your name`, `are you (?:an? )?(?:ai|bot|robot|human|real person|chatbot|machine|real)`,
		`(?:and )?what can (?:you|i ask you|you do for me|you help(?: me)? with|you tell me)(?: do)?`, `what do you do`, `what do you know`, `what can i ask(?: you)?(?: about)?`,
		`how can you help(?: me)?`, `introduce yourself`, `tell me (?:something )?about yourself`, `help(?: me)?`,
		`你是谁`, `你是(?:什么|啥|机器人|人|人工智能|ai|真人)(?:吗)?`, `你叫(?:什么|啥)(?:名字)?`, `你(?:的)?名字(?:是什么|叫什么)`, `你(?:都)?(?:会|能|可以)(?:做|干|帮我)?(?:做|干)?(?:些)?(?:什么|啥|哪些事)(?:事|事情)?`,
		`你(?:都)?能(?:帮我|回答)(?:做|干)?(?:什么|哪些)(?:问题|事)?`, `(?:请)?(?:做个|做一下)?(?:自我)介绍(?:一下)?(?:你)?(?:自己)?`, `(?:请)?介绍(?:一下)?你自己`, `你有(?:什么|哪些)(?:功能|用|本事|能力)`, `我(?:能|可以)问你?(?:什么|哪些问题)`)},
	{Thanks, whole(`(?:ok(?:ay)? )?(?:many )?(?:thanks|thank (?:you|u)|thx|ty|cheers)(?: (?:a lot|so much|very much|a million|again|for (?:your|the) help|for that))?`, `(?:much )?appreciated`, `i appreciate it`,
		`(?:that(?:'s| is| was) )?(?:very |really )?(?:great|perfect|awesome|nice|excellent|helpful|good job|well done|good|cool|wonderful)`, `got it`, `i see`, `ok(?:ay)?`, `understood`,
		`(?:好的)?(?:非常|十分|太|多)?(?:感)?谢谢?(?:你|您|啦|了|哦|哈|大家|你的帮助|您的帮助)*`, `感谢`, `(?:非常|十分)?感谢(?:你|您)?(?:的帮助)?`, `多谢(?:了|啦)?`, `辛苦(?:了|啦|你了)?`, `(?:太|很|真)?(?:好|棒|赞|厉害|不错)(?:了|啊|哦)?`, `好的`, `明白(?:了)?`, `知道(?:了|啦)`, `懂了`, `了解(?:了)?`, `收到`, `嗯+`, `哦+`, `可以了`)},
	{Farewell, whole(`(?:good )?bye(?: bye)?`, `bye for now`, `goodbye`, `see (?:you|ya|u)(?: (?:later|soon|tomorrow|around))?`, `good night`, `have a (?:nice|good|great) (?:day|one|weekend|evening)`, `take care`,
		`再见(?:了|啦)?`, `拜拜(?:了|啦)?`, `拜`, `回(?:头|见)见?`, `明天见`, `晚安`, `下次(?:见|再聊)`, `回聊`)},
	{Greeting, whole(`(?:hi|hello|hey|hiya|howdy|yo|greetings)(?: (?:there|everyone|all|again|you|bot|friend|wenyuan))?`, `good (?:morning|afternoon|evening|day)`, `how are (?:you|u)(?: (?:doing|today))*`,
		`how(?:'s| is) it going`, `what'?s up`, `nice to meet you`, `anybody (?:there|here|home)`, `are you (?:there|ok|okay)`, `how do you do`,
		`(?:你|您|大家)们?好(?:啊|呀|哦|吗|嘛)?`, `哈(?:喽|啰|罗)`, `嗨+`, `嘿+`, `喂+`, `(?:早上|上午|中午|下午|晚上)好`, `早(?:安|啊|呀)?`, `在(?:吗|不在|么|嘛)`, `有人(?:吗|在吗)`, `最近(?:怎么样|好吗|还好吗)`, `吃了吗`, `很?高兴(?:认识|见到)(?:你|您)`)},
}

func whole(forms ...string) *regexp.Regexp {
	return regexp.MustCompile(`^(?:` + strings.Join(forms, `|`) + `)(?: (?:please|then))?(?:吧|啊|呀)?$`)
}

// longestTalk is how many bytes small talk has at most.
const longestTalk = 120

// Smalltalk says whether a text only greets, thanks, takes leave or asks who answers, and
// which of these. Every piece of the text must be such a phrase as a whole, so that a text
// that asks for anything besides is none.
func Smalltalk(text string) (kind string, ok bool) {
	if len(text) > longestTalk {
		return "", false
	}
	best := len(talk)
	for _, piece := range pieces(text) {
		k := 0
		for k < len(talk) && !talk[k].whole.MatchString(piece) {
			k++
		}
		if k == len(talk) {
			return "", false
		}
		best = min(best, k)
	}
	if best == len(talk) {
		return "", false
	}
	return talk[best].kind, true
}

// pieces are the parts of a text between stops, without signs that say nothing.
func pieces(text string) (out []string) {
	text = strings.ToLower(strings.Map(analysis.Fold, text))
	text = strings.ReplaceAll(text, "’", "'")
	stop := func(r rune) bool {
		return unicode.IsPunct(r) && r != '\'' || unicode.IsSymbol(r) || r == '\n'
	}
	for p := range strings.FieldsFuncSeq(text, stop) {
		p = strings.Join(strings.Fields(p), " ")
		if strings.ContainsFunc(p, unicode.IsLetter) {
			out = append(out, p)
		} else if strings.ContainsFunc(p, unicode.IsDigit) {
			out = append(out, p) // a number asks for something
		}
	}
	return out
}
