import t from 'tap'
import { holdsSecurityCode } from '../../src/domain/security-code.ts'

t.test('holdsSecurityCode refuses digits under every name that means a security code, a PIN or a track', async (t) => {
  const names = [
    'cvv', 'CVV', 'cvv2', 'cvc', 'cvc2', 'CVN', 'cvn2', 'csc', 'cid', 'cav', 'cav2', 'pin', 'pin_block', 'pinblock', 'PINBlock',
    'track_1', 'track2', 'track3', 'card_code', 'cardCode', 'security_code', 'securityCode', 'card_security_code', 'cardSecurityCode',
    'verification_value', 'card_verification_number', 'validation_code', 'card_cvv', 'cvv_code', 'cardCvv', 'payment_cvc_value', 'customer_pin'
  ]
  for (const name of names) t.equal(holdsSecurityCode(name, '123'), true, name)
})

t.test('holdsSecurityCode lets other names hold digits', async (t) => {
  const names = [
    'ip_address', 'merchant_id', 'email_address', 'phone_number', 'billing_zip', 'spin', 'pinterest_id', 'opinion', 'tracking_number', 'track',
    'track_4', 'incident', 'acid', 'cvs_store', 'discsc', 'code', 'verification', 'validated_value', 'card_bin', 'amount'
  ]
  for (const name of names) t.equal(holdsSecurityCode(name, '123'), false, name)
})

t.test('holdsSecurityCode lets a result letter stand, and refuses a digit wherever and however it stands', async (t) => {
  const table: Array<[value: string, refused: boolean]> = [
    ['V', false],
    ['M', false],
    ['N', false],
    ['match', false],
    ['', false],
    ['-', false],
    ['1', true],
    ['123', true],
    ['1234', true],
    ['M1', true],
    ['one2three', true],
    [' 9 ', true],
    ['٣', true],
    ['７', true]
  ]
  for (const [value, refused] of table) t.equal(holdsSecurityCode('cvv', value), refused, JSON.stringify(value))
})

t.test('holdsSecurityCode sees names whose words a capital divides', async (t) => {
  for (const name of ['cvv2Code', 'CVVCode', 'CVV2Value', 'cvc2Value', 'PINCode', 'cardCVVCode']) t.equal(holdsSecurityCode(name, '123'), true, name)
})

t.test('holdsSecurityCode sees the names that run together', async (t) => {
  for (const name of ['CVVCODE', 'cvvnumber', 'mycvv', 'card_verification', 'track2data', 'track_1_raw']) t.equal(holdsSecurityCode(name, '123'), true, name)
})
