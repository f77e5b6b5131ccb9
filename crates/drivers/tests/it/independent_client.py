"""What an independent client of Reg-RWS, pyregrws, says of the same deeds: a line of JSON for each."""

import json
import sys

from regrws.api import Api
from regrws.models import Error, Net
from regrws.models.nested import IPVersionEnum, Iso31661, MultiLineElement
from regrws.models.net import NetBlock

url, key, parent_handle = sys.argv[1:]
api = Api(base_url=url, api_key=key)


def say(thing):
    if isinstance(thing, Error):
        names = [component.name for component in thing.components]
        print(json.dumps({"error": thing.code, "components": names}))
        return
    net = getattr(thing, "net", thing)
    if isinstance(net, Net):
        block = net.net_blocks[0]
        cidr = f"{block.start_address}/{block.cidr_length}"
        print(json.dumps({"net": net.handle, "cidr": cidr, "kind": block.type, "name": net.net_name,
                          "org": net.org_handle, "customer": net.customer_handle, "parent": net.parent_net_handle}))
        return
    print(json.dumps({"customer": thing.handle, "name": thing.customer_name, "city": thing.city,
                      "street": [line.line for line in thing.street_address]}))


def child(customer, start):
    block = NetBlock(type="S", start_address=start, cidr_length=29)
    return Net(version=IPVersionEnum.IPV4, customer_handle=customer, net_name="ACME-192-0-2-16-29",
               parent_net_handle=parent_handle, net_blocks=[block])


parent = api.net.from_handle(parent_handle)
say(parent)
street = [MultiLineElement(number=1, line="1 Main St"), MultiLineElement(number=2, line="Suite 2")]
customer = api.customer.create_for_net(parent, customer_name="Fish & Chips", iso3166_1=Iso31661(code2="US"),
                                       street_address=street, city="Ashburn", iso3166_2="VA", postal_code="20147")
say(customer)
done = parent.reassign(child(customer.handle, "192.0.2.16"))
say(done)
say(api.net.find_net("192.0.2.16", "192.0.2.23"))
say(parent.reassign(child(customer.handle, "192.0.2.16")))
say(api.net.delete(parent))
say(api.net.delete(api.net.from_handle(done.net.handle)))
say(api.net.from_handle(done.net.handle))
say(api.customer.delete(customer))
say(api.customer.from_handle(customer.handle))
say(Api(base_url=url, api_key="API-WRONG").net.from_handle(parent_handle))
