import { after, type SecretRule } from './secret-rule.ts';

/**
 * Services whose keys have no mark of their own (letters and digits, hex, a UUID): only the service's name before the
 * value tells. Names that are also everyday words of code are left out.
 */
const names = `
abbysale abstractapi abuseipdb accuweather adafruit adobe adzuna aeroworkflow agora aircall airbrake airship airvisual aiven alchemy
alegra aletheia algolia alienvault allsports alphavantage amadeus amplitude anypoint apacta api2cart apideck apiflash apify apimatic
apollo appcues appfollow appointedd appoptics appsflyer apptivo artsy asana assemblyai atera auth0 autodesk autoklose autopilot avaza
aviationstack axonaut aylien bannerbear baremetrics baseapi beamer beebole besttime betterstack billomat bitbar bitfinex bitly bitmex
blablabus blazemeter blitapp blogger bombbomb boostnote borgbase braintree brandfetch browserstack browshot bugherd bugsnag buildkite
bulbul bulksms buttercms caflou calendarific calendly calorieninja campayo campaignmonitor cannyio capsulecrm captaindata carboninterface
cashboard caspio censys centralstation cexio chargebee chartmogul chatbot chatfule checio checklyhq checkout checkvist cicero circleci
clarifai clearbit clickhelp clicksend clicksign clickup clinchpad clockify clockwork closecrm cloudconvert cloudelements cloudimage
cloudmersive cloudplan cloudsmith cloverly cloze clustdoc coda codacy codeclimate codemagic codequiry coinapi coinbase coinlayer coinlib
collect2 column commercejs commodities companyhub confluent contentful conversiontools convertapi convertkit convier copper countrylayer
courier coveralls craftmypdf crowdin cryptocompare currencycloud currencyfreaks currencylayer currencyscoop currentsapi customerguru
customerio d7network dailyco dandelion dareboost databox datadog datagov debounce deepai deepgram deepseek delighted demio deputy detectify
detectlanguage dfuse diffbot diggernaut digitalocean discogs disqus ditto dnscheck dnsimple docparser documo docusign doppler dotdigital
dovico dronahq droneci dropbox duffel dwolla dyspatch eagleeyenetworks easyinsight ecostruxure edamam edenai eightxeight elasticemail
enablex enigma envoy eraser etherscan ethplorer etsy eventbrite everhour exchangerate exportsdk extractorapi facebook faceplusplus fastforex
fastly fetchrss fibery figma fileio finage financialmodelingprep findl finnhub fixer flatio fleetbase flickr flightapi flightlabs
flightstats floatapp flowflu flutterwave fmfw formbucket formcraft formio formsite foursquare frameio freshbooks freshdesk ftrack fulcrum
fullstory fusebill fxmarket geckoboard gemini gengo geoapify geocode geocodify geocodio geoipifi getemail getgeoapi getgist getresponse
getsandbox giphy gitter glassnode glitterly gocardless godaddy gofile graphcms graphhopper groovehq gtmetrix guardianapi gumroad gyazo
happyscribe harvest helpcrunch helpscout hereapi hiveage holidayapi holistic honeycomb hotjar html2pdf hubspot humanity hunter hybiscus
hypertrack ibmcloud iconfinder iexapis iexcloud imagekit imagga impala infobip infura insightly instabot instamojo intercom interseller
intra42 intrinio invoiceocean ip2location ipapi ipgeolocation ipify ipinfodb ipquality ipregistry ipstack jiratoken jotform jumpcloud jumpseller
jupiterone juro kairos kaleyra keenio kickbox klaviyo klipfolio kontent kraken kucoin kylas languagelayer larksuite lastfm launchdarkly
leadfeeder lendflow lessannoyingcrm lexigram linearapi linemessaging linenotify linkedin liveagent livestorm loadmill lob localizely
locationiq loginradius logzio lokalise loyverse lunchmoney luno macaddress madkudu magicbell magnetic mailboxlayer mailerlite mailgun
mailjet mailmodo mailsac mandrill mapbox mapquest marketstack mattermost mavenlink maxmind mediastack meistertask meraki mesibo messagebird
metaapi metabase metrilo mindmeister miro mite mixmax mixpanel moderation moesif monday monkeylearn moonclerk moosend moralis mrticktock
mux myfreshworks myintervals nasdaq nethunt netlify netsuite neutrino newrelic newsapi newscatcher nexmo nicereply nightfall nimble noticeable
notion nozbe numverify nutritionix nylas nytimes oanda okta omnisend onedesk onelogin onepage onesignal onwater oopspam opencage
opengraphr openuv openvpn openweather opsgenie optimizely orbit overloop owlbot packagecloud pagarme pagerduty pandadoc pandascore
paperform paralleldots parsehub parsers parseur partnerstack passbase pastebin paydirtapp paymoapp paymongo paypal paystack pdflayer
pdfshift peopledatalabs pepipost percy perplexity photoroom phraseapp pinata pipedream pipedrive pivotaltracker pixabay plaid planview
planyo pollsapi poloniex polygon positionstack postageapp postbacks postman postmark powrbot privacycloud prodpad prospectcrm protocolsio
proxycrawl publit pulumi purestake pushbullet pusher pushover qase qualaroo qubole quickmetrics rapidapi rawg razorpay reachmail
readme reallysimplesystems rebrandly rechargepayments redbooth refiner rentman repairshopr requestfinance restpack rev.ai revamp ringcentral
ritekit roaring robinhood rocketreach roninapp route4me rownd rubygems runrunit salesblink salescookie salesflare salesloft salesmate
satismeter saucelabs scalingo scalr scrapeowl scraperapi scraperbox scrapestack scrapfly scrapingant scrapingbee screenshotapi screenshotlayer
scrutinizer securitytrails segment selectpdf semaphore sendbird sendgrid sendinblue sentiment sentry serphouse serpstack sherpadesk
shipday shippo shodan shopify shortcut shotstack shutterstock signable signalwire signaturit signupgenius sigopt simfin simplesat simplynoted
simvoly sirv siteleaf skrapp skybiometry slack smartystreets smooch snipcart snykkey sonarcloud sonarqube sourcegraph sparkpost speechtext
splunk spoonacular sportradar sportsmonk spotify squareup squarespace squareapp sslmate statuscake statuspage statuspal stitchdata
stockdata storecove stormboard stormglass storyblok storychief strava stripo stytch sugester sumologic supernotes surge surveyanyplace
surveybot surveysparrow survicate swell swiftype tatum taxjar teamgate teamwork technicalanalysis telnyx teletype terraform testingbot
text2data textmagic theoddsapi thinkific thousandeyes ticketmaster tickettailor tiingo timecamp timezoneapi tmetric todoist toggl
tokeet tomorrowio tomtom tradier transferwise travelpayouts travisci trello tru twelvedata twilio twitch twitter twist tyntec typeform
ubidots unifyid unplugg unsplash upcdatabase uplead uploadcare uptimerobot upwave urlscan userflow userstack vatlayer vbout vercel
verifier verimail veriphone versioneye viewneo virustotal visualcrossing voicegain voodoosms vouchery vpnapi vultr vyte walkscore weatherbit
weatherstack webex webflow webscraper webscraping wepay whoxy wistia worksnaps workstack worldcoinindex worldweather wrike wunderground
xero yandex yelp younow youneedabudget zapier zendesk zenkit zenrows zenscrape zenserp zeplin zerobounce zerotier zipapi zipbooks zipcodeapi
zipcodebase zonkafeedback zoho zoominfo hetzner linode scaleway upcloud vultr contabo koyeb railway northflank cloud66 kamatera civo
nowpayments bitpay opennode moonpay wyre transak ramp brex mercury increase lithium marqeta galileo unit21 sumsub onfido persona veriff
bamboohr blocknative codecov cometchat hashnode pubnub saucelabs sauce_labs cliengo coinmarketcap gitea iterable plivo quickbase statuscake
streamlabs parsehub salesforce digicert appsynergy feedly surveymonkey teamwork voicegain zeplin papertrail pagertree gcore ovhcloud
jina mistral cohere groq together fireworks replicate anyscale octoai lepton nebius novita hyperbolic sambanova deepinfra baseten
`;

const uuid = '[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}';
/** Words of code and of talk, whoever is named so. */
const everyday = new Set(
  'adobe gemini polygon segment column surge swell route orbit mux tru nimble envoy impala harvest copper apollo kraken gitter railway together fireworks replicate increase ramp mercury monday front twist ditto strava chatbot collect2 commodities moderation magnetic sentiment verifier parsers enigma eraser courier shortcut fulcrum autopilot readme checkout slack stripe github gitlab sentry notion figma terraform vercel netlify semaphore segment airship nightfall geocode holistic technicalanalysis kairos lexigram unit21 persona simvoly humanity interseller guardianapi teamwork findl'.split(
    ' ',
  ),
);

export const namedRules: readonly SecretRule[] = [
  after(
    'service-key',
    'Key of a service that is named before it',
    [...new Set(names.trim().split(/\s+/))].filter((name) => name.length >= 4 && !everyday.has(name)).join(' '),
    `(?:${uuid}|[A-Za-z0-9]{20,80}|[A-Za-z0-9_-]{24,80})={0,2}`,
  ),
];
