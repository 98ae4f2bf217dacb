package zh

// indirectReasons say why a passage does not belong into a prompt.
var indirectReasons = []pair{
	{"The text asks its reader for a task that has nothing to do with it.", "文中要求读者做一件与本文无关的事。"},
	{"The text asks its reader a question that has nothing to do with it.", "文中向读者提了一个与本文无关的问题。"},
	{"The text asks for something to be put into the answer.", "文中要求在回答里加入别的内容。"},
	{"The text says how the answer is to be written.", "文中规定回答该怎么写。"},
	{"The text asks its reader to play a part.", "文中要求读者扮演角色。"},
	{"The text gives instructions to the model that reads it.", "文中对读到它的模型下指令。"},
	{"The text asks for the instructions of the model.", "文中索取模型的指令。"},
	{"The text asks for a link, an offer or an advertisement in the answer.", "文中要求在回答里加入链接、推销或广告。"},
	{"The text asks for data to be sent somewhere.", "文中要求把数据发往别处。"},
	{"The text asks for code to be put into the answer or run.", "文中要求把代码写进回答，或运行代码。"},
}
