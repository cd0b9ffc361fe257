import t from 'tap'
import { compileRule, showWithValues, type RuleType, type RuleValue } from '../../../src/simulators/fraud-detector/detector-pl.ts'

const TYPES: Record<string, RuleType> = { score: 'number', amt: 'number', zero: 'number', gone: 'number', email: 'string', country: 'string', none: 'string', new: 'boolean', old: 'boolean' }
const VALUES: Record<string, RuleValue | null> = { score: 950, amt: 41.5, zero: 0, gone: null, email: 'Ada@Example.org', country: 'DE', none: null, new: true, old: false }

const evaluated: Array<[expression: string, matches: boolean]> = [
  ['$score > 949', true],
  ['$score > 950', false],
  ['$score >= 950', true],
  ['$score < 951', true],
  ['$score <= 949.9', false],
  ['$score == 950', true],
  ['$score != 950', false],
  ['$score==950and $amt<42', true],
  ['$amt == 4.15e1', true],
  ['$amt > -1', true],
  ['-$amt < 0', true],
  ['- -$amt == 41.5', true],
  ['true', true],
  ['$new', true],
  ['$old', false],
  ['$new == true', true],
  ['$country == "DE"', true],
  ['"DE" == $country', true],
  ['$country == "de"', false],
  ['lowercase($country) == "de"', true],
  ['uppercase($email) == "ADA@EXAMPLE.ORG"', true],
  ['uppercase(lowercase($country)) == "DE"', true],
  ['$country in ["FR", "DE"]', true],
  ['$country in ["FR"]', false],
  ['$country not in ["FR"]', true],
  ['$country not in ["DE", "FR"]', false],
  ['$amt in [1, 41.5]', true],
  ['$amt - 42 in [-0.5]', true],
  ['$new in [false]', false],
  // precedence: or, and, not, comparison, sum, product, minus
  ['true or false and false', true],
  ['(true or false) and false', false],
  ['false and false or true', true],
  ['not false and false', false],
  ['not (false and false)', true],
  ['not $score > 950', true],
  ['!($score > 950)', true],
  ['!$old and !$old', true],
  ['not not $new', true],
  ['1 + 2 * 3 == 7', true],
  ['(1 + 2) * 3 == 9', true],
  ['10 - 4 - 3 == 3', true],
  ['12 / 3 / 2 == 2', true],
  ['7 % 4 == 3', true],
  ['2 * -3 == -6', true],
  ['$amt * 2 + 1 > 83.9 and $amt * 2 + 1 < 84.1', true],
  ['$score > 900 and $country == "DE" and regex_match(".*@example\\.org", lowercase($email))', true],
  // a pattern matches the whole text
  ['regex_match("Ada", $email)', false],
  ['regex_match("Ada.*", $email)', true],
  ['regex_match("a|Ada@Example.org", $email)', true],
  ['regex_match("[A-Z][a-z]+@\\w+\\.org", $email)', true],
  ['not regex_match("\\d+", $email)', true],
  ['regex_match("(?i)ada@example\\.ORG", $email)', true],
  ['regex_match("ada.*", $email)', false],
  ['regex_match("D\\-E", "D-E")', true],
  ['regex_match("[a\\-c]+\\@", "a-c@")', true],
  ['regex_match("a.b", "a\nb")', false],
  ['regex_match("a.b", "a\rb")', true],
  ['regex_match("([a-z]{3}-){2}(x|y)?", "abc-def-y")', true],
  // a rule that reads what is missing does not match
  ['$gone != 5', false],
  ['not ($gone > 5)', false],
  ['!($gone <= 5)', false],
  ['$new or $gone > 5', false],
  ['$none not in ["DE"]', false],
  ['$gone > 0', false],
  ['$gone <= 0', false],
  ['$gone + 1 > 0', false],
  ['$gone == 0', false],
  ['$none == ""', false],
  ['$none in ["DE"]', false],
  ['regex_match("", $none)', false],
  ['$old and 1 / $zero > 0', false],
  ['$new or 1 / $zero > 0', true]
]

t.test('expressions are evaluated', async t => {
  for (const [expression, matches] of evaluated) {
    t.equal(compileRule(expression, name => TYPES[name]).matches(name => VALUES[name] ?? null), matches, expression)
  }
})

const refused: Array<[expression: string, message: RegExp]> = [
  ['', /Unexpected the end at position 0/],
  ['$score >', /Unexpected the end at position 8/],
  ['$score > 1 2', /Unexpected 2 at position 11/],
  ['$score > 1 > 0', /Unexpected > at position 11/],
  ['($score > 1', /Expected \), not the end, at position 11/],
  ['$score = 1', /Unexpected character = at position 7/],
  ['$score > 1 && $new', /Unexpected character &/],
  ['$country == \'DE\'', /Unexpected character '/],
  ['$country == "DE', /Unexpected character "/],
  ['$ score > 1', /Unexpected character \$/],
  ['score > 1', /Unexpected score at position 0/],
  ['if $new', /Unexpected if/],
  ['$unknown > 1', /Variable \$unknown does not exist/],
  ['$country in @blocked', /List @blocked does not exist/],
  ['$country in []', /Unexpected \]/],
  ['$country in ["a",]', /Unexpected \]/],
  ['$country in ["a" "b"]', /Expected \]/],
  ['$country in [$email]', /A list holds literals only/],
  ['$country not ["a"]', /Expected in/],
  ['$country in [1]', /in needs a string, not a number/],
  ['$score', /A rule must be true or false, not a number/],
  ['$country', /A rule must be true or false, not a string/],
  ['$country > 1', /> needs a number, not a string/],
  ['$country > "A"', /> needs a number, not a string/],
  ['$score == "950"', /== needs a number, not a string/],
  ['$new == 1', /== needs a boolean, not a number/],
  ['$score and $new', /and needs a boolean, not a number/],
  ['$new or $country', /or needs a boolean, not a string/],
  ['not $score', /not needs a boolean, not a number/],
  ['-$country == 1', /- needs a number, not a string/],
  ['$country + "x" == "DEx"', /\+ needs a number, not a string/],
  ['length($country) > 1', /Function length does not exist/],
  ['constructor($country) == "a"', /Function constructor does not exist/],
  ['lowercase() == "a"', /lowercase takes 1 arguments, not 0/],
  ['lowercase($score) == "a"', /lowercase needs a string, not a number/],
  ['regex_match("a")', /regex_match takes 2 arguments/],
  ['regex_match("(", $country)', /Pattern \( is not valid/],
  ['regex_match("(?=a)", $country)', /RE2 does not know/],
  ['regex_match("(a)\\1", $country)', /RE2 does not know/],
  ['regex_match("(a+)+", $country)', /repeats a repetition or a choice/],
  ['regex_match("((a|a))*b", $country)', /repeats a repetition or a choice/],
  ['regex_match("(a?){30}", $country)', /repeats a repetition or a choice/],
  ['('.repeat(200) + 'true' + ')'.repeat(200), /Too deeply nested/],
  ['not '.repeat(200) + 'true', /Too deeply nested/],
  ['- '.repeat(200) + '1 == 1', /Too deeply nested/]
]

t.test('what is no DETECTORPL is refused, with a reason', async t => {
  for (const [expression, message] of refused) t.throws(() => compileRule(expression, name => TYPES[name]), { message }, expression.slice(0, 60))
})

t.test('a division by zero is an error when it is reached', async t => {
  for (const operator of ['/', '%']) {
    const rule = compileRule(`1 ${operator} $zero > 0`, name => TYPES[name])
    t.throws(() => rule.matches(name => VALUES[name] ?? null), { message: 'Division by zero' })
  }
})

t.test('a pattern that could take too long on a long value is an error', async t => {
  const rule = compileRule('regex_match(".*a.*b.*c.*d", $country)', name => TYPES[name])
  t.equal(rule.matches(() => 'xaxbxcxd'), true)
  t.throws(() => rule.matches(() => 'x'.repeat(8192)), { message: /could take too long on 8192 characters/ })
})

t.test('a rule tells its variables, and is shown with their values', async t => {
  const source = '$score > 900 and $country == "$score" or not $gone == 1'
  t.strictSame([...compileRule(source, name => TYPES[name]).variables], ['score', 'country', 'gone'])
  t.equal(showWithValues(source, name => VALUES[name] ?? null), '950 > 900 and "DE" == "$score" or not null == 1')
})
