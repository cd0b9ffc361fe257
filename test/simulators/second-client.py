"""Calls the simulators through boto3, which this project did not write. Endpoints and names come as JSON on standard input; what each call gave goes to standard output as JSON."""
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

told = json.load(sys.stdin)
config = Config(retries={'total_max_attempts': 1}, connect_timeout=60, read_timeout=60)


def client(service, place):
    return boto3.client(service, endpoint_url=told['urls'][place], region_name=told['region'], aws_access_key_id='AKIATEST', aws_secret_access_key='test', config=config)


def call(operation, **parameters):
    """What came, without its metadata, or the error's name and status."""
    try:
        reply = operation(**parameters)
    except ClientError as error:
        return {'error': error.response['Error']['Code'], 'status': error.response['ResponseMetadata']['HTTPStatusCode'], 'message': error.response['Error']['Message']}
    reply.pop('ResponseMetadata', None)
    return {name: value.read().decode() if hasattr(value, 'read') else value for name, value in reply.items()}


results = {}

connect = client('connect', 'connect')
voice = dict(InstanceId=told['instanceId'], ContactFlowId=told['contactFlowId'], SourcePhoneNumber=told['sourcePhoneNumber'], DestinationPhoneNumber='+4915112345678',
             ClientToken='second-client-1', Attributes={'Name': "O'Neil & Sons \u00fc", 'CardNo': '8788'})
results['voice'] = call(connect.start_outbound_voice_contact, **voice)
results['voiceAgain'] = call(connect.start_outbound_voice_contact, **voice)
contact = dict(InstanceId=told['instanceId'], ContactId=results['voice']['ContactId'])
results['describe'] = call(connect.describe_contact, **contact)
results['update'] = call(connect.update_contact_attributes, InstanceId=told['instanceId'], InitialContactId=contact['ContactId'], Attributes={'Answer': 'fraud'})
results['attributes'] = call(connect.get_contact_attributes, InstanceId=told['instanceId'], InitialContactId=contact['ContactId'])
results['chat'] = call(connect.start_outbound_chat_contact, InstanceId=told['instanceId'], ContactFlowId=told['smsFlowId'],
                       SourceEndpoint={'Type': 'CONNECT_PHONENUMBER_ARN', 'Address': told['smsNumberArn']}, DestinationEndpoint={'Type': 'TELEPHONE_NUMBER', 'Address': '+4915112345678'},
                       SegmentAttributes={'connect:Subtype': {'ValueString': 'connect:SMS'}}, Attributes={'PromptQuestion': 'Was it you? 1 or 2'})
results['unknownFlow'] = call(connect.start_outbound_voice_contact, **{**voice, 'ContactFlowId': 'nowhere', 'ClientToken': 'second-client-2'})
results['noNumber'] = call(connect.start_outbound_voice_contact, **{**voice, 'DestinationPhoneNumber': '12', 'ClientToken': 'second-client-3'})
results['stop'] = call(connect.stop_contact, **contact)
results['stopAgain'] = call(connect.stop_contact, **contact)

fraud = client('frauddetector', 'fraudDetector')
results['setUp'] = [
    call(fraud.put_label, name='stolen'),
    call(fraud.put_entity_type, name='holder'),
    call(fraud.put_outcome, name='deny'),
    call(fraud.create_variable, name='amount', dataType='FLOAT', dataSource='EVENT', defaultValue='0'),
    call(fraud.put_event_type, name='payment', eventVariables=['amount'], entityTypes=['holder'], labels=['stolen'], eventIngestion='ENABLED'),
    call(fraud.put_detector, detectorId='second', eventTypeName='payment'),
]
results['rule'] = call(fraud.create_rule, ruleId='high', detectorId='second', expression='$amount > 100', language='DETECTORPL', outcomes=['deny'])
results['version'] = call(fraud.create_detector_version, detectorId='second', rules=[results['rule'].get('rule', {'detectorId': 'second', 'ruleId': 'high', 'ruleVersion': '1'})])
results['activate'] = call(fraud.update_detector_version_status, detectorId='second', detectorVersionId='1', status='ACTIVE')
event = dict(detectorId='second', eventId='event-1', eventTypeName='payment', eventTimestamp='2026-11-22T10:00:00Z', entities=[{'entityType': 'holder', 'entityId': 'c1'}])
results['high'] = call(fraud.get_event_prediction, **event, eventVariables={'amount': '100.5'})
results['low'] = call(fraud.get_event_prediction, **{**event, 'eventId': 'event-2'}, eventVariables={'amount': '99'})
results['label'] = call(fraud.update_event_label, eventId='event-1', eventTypeName='payment', assignedLabel='stolen', labelTimestamp='2026-11-22T11:00:00Z')
results['event'] = call(fraud.get_event, eventId='event-1', eventTypeName='payment')
results['seeded'] = call(fraud.get_event_prediction, **{**event, 'detectorId': 'sample_detector', 'eventTypeName': 'sample_transaction', 'entities': [{'entityType': 'customer', 'entityId': 'c1'}]},
                         eventVariables=told['variables'])
results['unknownDetector'] = call(fraud.get_event_prediction, **{**event, 'detectorId': 'nobody'}, eventVariables={'amount': '1'})

sagemaker = client('sagemaker-runtime', 'sageMaker')
results['invoke'] = call(sagemaker.invoke_endpoint, EndpointName='card-fraud', ContentType='text/csv', Accept='text/csv', Body=b'4155.0\n')
results['unreadable'] = call(sagemaker.invoke_endpoint, EndpointName='card-fraud', ContentType='text/plain', Body=b'x')
results['unknownEndpoint'] = call(sagemaker.invoke_endpoint, EndpointName='nobody', ContentType='text/csv', Body=b'1\n')

s3 = client('s3', 's3')
results['bucket'] = call(s3.create_bucket, Bucket='training-data', CreateBucketConfiguration={'LocationConstraint': told['region']})
results['put'] = call(s3.put_object, Bucket='training-data', Key='a folder/data.csv', Body='amount,label\n1,\u00fc\n'.encode())
results['get'] = call(s3.get_object, Bucket='training-data', Key='a folder/data.csv')
results['list'] = call(s3.list_objects_v2, Bucket='training-data')
results['noObject'] = call(s3.get_object, Bucket='training-data', Key='none')

json.dump(results, sys.stdout, default=str)
