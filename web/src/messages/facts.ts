// Texts of the page that shows the record fact by fact, and of facts that belong to no other noun.
import { entries } from './entry'

export const factMessages = entries({
  'nav.log': { en: 'Record', zh: '记录' },
  'record.title': { en: 'Record', zh: '记录' },
  'record.summary': {
    en: 'Everything that was recorded here, in order. Each hash covers all earlier facts: if you noted a hash elsewhere, a verification shows later changes.',
    zh: '这里依次列出所记录的内容。每个哈希都涵盖此前的所有事实：若曾在别处记下某个哈希，验证即可显示此后的改动。',
  },
  'record.seq': { en: 'No.', zh: '序号' },
  'record.when': { en: 'When', zh: '时间' },
  'record.what': { en: 'What', zh: '内容' },
  'record.who': { en: 'Who', zh: '操作者' },
  'record.subject': { en: 'About', zh: '对象' },
  'record.hash': { en: 'Hash', zh: '哈希' },
  'record.kind': { en: 'Kind of fact', zh: '事实类型' },
  'record.kind.any': { en: 'Any kind', zh: '任意类型' },
  'record.payload': { en: 'Payload', zh: '载荷' },
  'record.erased': {
    en: 'The payload was erased; its hash stays in the chain.',
    zh: '载荷已被涂除；其哈希仍保留在链条中。',
  },
  'record.none': {
    en: 'The record is empty. The first run makes its first facts:',
    zh: '记录为空。第一次运行会产生第一批事实：',
  },
  'record.newest': { en: 'Newest', zh: '最新' },
  'record.pages': { en: 'Pages of the record', zh: '记录分页' },
  'record.newer': { en: 'Newer facts', zh: '较新的事实' },
  'record.older': { en: 'Older facts', zh: '较早的事实' },
  'record.none.kind': { en: 'No fact of the kind {kind} is here.', zh: '此处没有类型为 {kind} 的事实。' },
  'record.verify.damaged': {
    en: { one: '{count} object is missing or damaged:', other: '{count} objects are missing or damaged:' },
    zh: '{count} 个对象缺失或已损坏：',
  },
  'record.verify': { en: 'Verify the chain', zh: '验证链条' },
  'record.verify.holds': { en: 'The chain holds: {count} facts verified.', zh: '链条完好：已验证 {count} 条事实。' },
  'record.verify.erased': {
    en: {
      one: 'The payload of {count} fact was erased; its hash stays in the chain.',
      other: 'The payloads of {count} facts were erased; their hashes stay in the chain.',
    },
    zh: '{count} 条事实的载荷已被涂除；其哈希仍保留在链条中。',
  },
  'record.verify.head': { en: 'Head of the chain:', zh: '链条头部：' },
  'record.verify.head.body': {
    en: 'The chain shows that nothing has changed since you saw its newest hash. A person who can write the whole home can write a whole new chain: note the head elsewhere, and compare it.',
    zh: '链条表明自见到最新哈希以来未有任何改动。能写入整个主目录的人也能写出一条全新的链条：请将头部记在别处并加以比对。',
  },
  'record.verify.heal': {
    en: 'Stop the server with “hven down”. Then “hven doctor --heal” searches for these objects and restores the ones that it finds; “hven doctor --heal --from BACKUP” also searches a backup.',
    zh: '请先用 “hven down” 停止服务器。“hven doctor --heal” 随后会查找这些对象并恢复找到的部分；“hven doctor --heal --from BACKUP” 还会在备份中查找。',
  },
  'record.verify.broken': { en: 'The chain is broken at fact {seq}.', zh: '链条在第 {seq} 条事实处断裂。' },
  'record.verify.withObjects': { en: 'Read every object too', zh: '同时读取每个对象' },
  'record.verify.progress': {
    en: '{objects} of {objectsOf} objects read, {bytes} of {bytesOf}',
    zh: '已读取 {objects}/{objectsOf} 个对象，{bytes}/{bytesOf}',
  },
  'record.verify.notRead': { en: 'Objects were not read.', zh: '未读取对象。' },
  'record.verify.objects': {
    en: '{checked} of {named} objects read, {bytes}, match their digests.',
    zh: '已读取 {checked}/{named} 个对象（{bytes}），与其摘要相符。',
  },
  'record.verify.objects.first': {
    en: 'Only objects that the first {count} facts name were counted.',
    zh: '仅计入前 {count} 条事实提到的对象。',
  },
  'record.verify.absent': {
    en: {
      one: '{count} object is known only by digest.',
      other: '{count} objects are known only by digest.',
    },
    zh: '{count} 个对象仅有摘要。',
  },
  'record.verify.waiting': {
    en: {
      one: '{count} object has not arrived from its runner yet.',
      other: '{count} objects have not arrived from their runners yet.',
    },
    zh: '{count} 个对象尚待运行器送达。',
  },
  'record.verify.unreadable': {
    en: { one: 'The payload of {count} fact cannot be read:', other: 'The payloads of {count} facts cannot be read:' },
    zh: '{count} 条事实的载荷无法读取：',
  },
  'record.verify.unreadable.fact': { en: 'Fact {seq} ({kind})', zh: '事实 {seq}（{kind}）' },
  'record.verify.unreadable.erase': {
    en: '“hven redact --fact {seq} --because …” erases such a payload.',
    zh: '“hven redact --fact {seq} --because …” 可涂除无法读取的载荷。',
  },
  'record.verify.unreadable.more': {
    en: { one: 'and {count} more', other: 'and {count} more' },
    zh: '另有 {count} 条',
  },
  'record.open': { en: 'Show fact', zh: '显示事实' },
  'say.fact.erased': { en: 'erased', zh: '已涂除' },
  'say.fact.unreadable': { en: 'what it says cannot be read: {why}', zh: '内容无法读取：{why}' },
  'say.fact.objects.collected': {
    en: {
      one: '{count} object that nothing referred to was removed',
      other: '{count} objects that nothing referred to were removed',
    },
    zh: '清除了 {count} 个无人引用的对象',
  },
  'say.fact.document.kept': { en: '{door} kept its {collection} {id}', zh: '{door} 保存了其 {collection}：{id}' },
  'say.fact.document.removed': { en: '{door} removed its {collection} {id}', zh: '{door} 移除了其 {collection}：{id}' },
  'say.fact.payload.erased': {
    en: 'the payload of fact {seq} was erased: {because}',
    zh: '涂除了第 {seq} 条事实的载荷：{because}',
  },
  'say.fact.stream.erased': {
    en: 'a text in the {stream} of {run} was erased: {because}',
    zh: '涂除了{run} 的{stream}中的一段文本：{because}',
  },
  'say.fact.object.erased': {
    en: 'the bytes of an object were erased: {because}',
    zh: '涂除了一个对象的内容：{because}',
  },
})
