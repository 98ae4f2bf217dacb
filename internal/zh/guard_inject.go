package zh

// directReasons say why a question is an attack on the instructions of the assistant.
var directReasons = []pair{
	{"The text tells the assistant to drop its instructions.", "文中要求助手抛开它的指令。"},
	{"The text asks for the instructions or a secret of the assistant.", "文中索取助手的指令或秘密。"},
	{"The text gives the assistant a role without limits.", "文中让助手扮演不受限制的角色。"},
	{"The text gives the assistant a role.", "文中给助手安排了角色。"},
	{"The text forbids the assistant to refuse or to warn.", "文中不许助手拒绝或提醒。"},
	{"The text imitates a message of the system or of the assistant.", "文中伪造了系统或助手的消息。"},
	{"The text asks to decode something and to act on it.", "文中要求解码一段内容并照做。"},
	{"The text dictates how the answer begins or what alone it may say.", "文中规定回答怎样开头，或只许说什么。"},
	{"The text claims authority or threatens, to get around the instructions.", "文中以身份或威胁来绕开指令。"},
	{"The text reads like known attacks on an assistant.", "文字与已知的攻击相似。"},
}
