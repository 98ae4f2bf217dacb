package indirect

import "strings"

// reasons say for people what each kind of hit is.
var reasons = map[string]string{
	"task":         "The text asks its reader for a task that has nothing to do with it.",
	"question":     "The text asks its reader a question that has nothing to do with it.",
	"insert":       "The text asks for something to be put into the answer.",
	"format":       "The text says how the answer is to be written.",
	"persona":      "The text asks its reader to play a part.",
	"override":     "The text gives instructions to the model that reads it.",
	"leak":         "The text asks for the instructions of the model.",
	"link":         "The text asks for a link, an offer or an advertisement in the answer.",
	"exfiltration": "The text asks for data to be sent somewhere.",
	"code":         "The text asks for code to be put into the answer or run.",
}

// kindOf names what a segment asks for. It is a guess by form, for people to sort by.
func kindOf(s string, f *form) string {
	has := func(sign uint32) bool { return f.signs&sign != 0 }
	switch {
	case contains(s, "system prompt", "your instructions", "your prompt", "hidden rules", "系统提示词", "你的指令", "隐藏规则"):
		return "leak"
	case f.ask == send || has(secret) && has(address) || contains(s, "![", "conversation", "curl ", "webhook"):
		return "exfiltration"
	case f.ask == stop || has(turn) || has(undone) || has(notice) || has(machine) && !has(output):
		return "override"
	case f.ask == act || contains(s, "you are now", "你现在是", "扮演"):
		return "persona"
	case has(program) && (f.ask == add || has(opens) || has(output)):
		return "code"
	case has(address) || contains(s, "subscribe", "sponsor", "discount", "advert", "广告", "优惠", "公众号"):
		return "link"
	case f.ask == alter && !has(address) || has(output) && f.ask <= solve && f.ask != none:
		return "format"
	case has(answers) && f.ask < which || f.ask == add:
		return "insert"
	case f.ask >= which:
		return "question"
	}
	return "task"
}

func contains(s string, any ...string) bool {
	for _, w := range any {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
