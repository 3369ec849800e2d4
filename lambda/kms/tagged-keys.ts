// Finds the keys of one stack by their tags, without a call for each key (Resource Groups Tagging API reference, GetResources).

import { ownWords, translating } from '../aws/errors.ts';
import { refusal, type SignedPost } from '../aws/signed-post.ts';

/** A KMS key with its tags by name, in any state. */
export interface TaggedKey {
  readonly arn: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Keys that have all of these tags with these values. AWS lists a new key late: usually after seconds. */
export type FindTaggedKeys = (tags: Readonly<Record<string, string>>) => AsyncIterable<TaggedKey>;

/** The most that AWS returns in one page. */
const KEYS_A_PAGE = 100;
const HEADERS = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'ResourceGroupsTaggingAPI_20170126.GetResources',
};

interface Page {
  readonly ResourceTagMappingList?: readonly {
    readonly ResourceARN?: string;
    readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  }[];
  /** Empty on the last page. */
  readonly PaginationToken?: string;
}

/** A {@link FindTaggedKeys} on AWS. Needs `tag:GetResources`, which no resource can restrict. */
export function findTaggedKeys(post: SignedPost): FindTaggedKeys {
  async function page(tags: Readonly<Record<string, string>>, PaginationToken: string): Promise<Page> {
    const request = {
      ResourceTypeFilters: ['kms:key'],
      TagFilters: Object.entries(tags).map(([Key, value]) => ({ Key, Values: [value] })),
      ResourcesPerPage: KEYS_A_PAGE,
      ...(PaginationToken === '' ? {} : { PaginationToken }),
    };
    const answer = await post('/', HEADERS, JSON.stringify(request));
    if (answer.status !== 200) throw refusal(answer);
    return JSON.parse(answer.text) as Page;
  }

  return async function* (tags) {
    let token = '';
    do {
      const { ResourceTagMappingList = [], PaginationToken = '' } = await translating(
        'find keys by their tags',
        {},
        () => page(tags, token),
        ownWords,
      );
      for (const { ResourceARN, Tags = [] } of ResourceTagMappingList) {
        if (ResourceARN === undefined) continue;
        yield { arn: ResourceARN, tags: new Map(Tags.map(({ Key, Value }) => [Key, Value])) };
      }
      token = PaginationToken;
    } while (token !== '');
  };
}
